// Entries of the knowledge base out of a file that an office keeps, and back: what it would change is shown before anything
// is written. Pure.
//
// A table (CSV, XLSX), columns in any order by their English or Chinese names: title 标题, answer 答案 (these two are needed),
// questions 问法, source 来源, office 发布单位, link 链接, grid 网格 (its code; empty: everywhere), category 分类, valid_from
// 生效日期, valid_to 失效日期, review_on 复核日期, owner 负责人 (a user's name), state 状态. Several questions or sources stand
// in one cell, a line each. Or Markdown:
//
//   # 标题
//   问：社区几点上班
//   来源：便民手册 | 发布单位 | https://…
//   网格：990101001001        and so on, by the columns' names
//
//   The answer, up to the next heading.
//
// An entry is known by title and grid. What a column that is missing would tell stays as it is.
#pragma once
#include <functional>
#include <memory>

#include "assist/knowledge.h"
#include "base/table_file.h"

namespace linli {

struct KnowledgeChange {
  enum class Kind { added, changed } kind;
  long line = 0;         // of the file
  int seen = 0;          // revision that it was planned on; 0: added
  KnowledgeEntry entry;  // as it will be
  std::vector<std::string> fields;
};
std::string_view name(KnowledgeChange::Kind kind);

struct KnowledgePlan {
  std::vector<KnowledgeChange> changes;  // in the order of the file
  std::size_t unchanged = 0;
  std::vector<WrongCell> wrong;  // at most 1,000; with any, nothing may be written
  std::size_t wrong_total = 0;
};

struct KnowledgePlanOptions {
  bool publish = false;  // entries without a state are published; else new ones, and withdrawn ones, are drafts
};

// What the planner asks about the world.
struct KnowledgeWorld {
  const GridTree& tree;
  const std::vector<std::shared_ptr<const KnowledgeEntry>>& entries;
  std::function<UserId(std::string_view name)> user;    // 0: there is none
  std::function<bool(std::string_view grid_path)> may;  // whether the caller changes entries there
  std::function<KnowledgeId()> draw;
  Instant now{};
  UserId by;
};

inline constexpr std::size_t kMostImported = 5'000;  // entries of one file

// The bytes of a CSV, XLSX or Markdown file. Errors: those of read_table(); missing_field (a column); too_long.
Result<KnowledgePlan> plan_knowledge(std::string_view bytes, const KnowledgePlanOptions& options,
                                     const KnowledgeWorld& world);

// The entries in the shape that plan_knowledge() reads.
std::vector<std::vector<std::string>> knowledge_table(const GridTree& tree,
                                                      const std::vector<std::shared_ptr<const KnowledgeEntry>>& entries,
                                                      const std::function<std::string(UserId)>& user_name);

}  // namespace linli
