// data/knowledge as tests and the bench use it: the starter set, and questions with the entry that answers each.
#pragma once
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "assist/knowledge_table.h"

namespace linli {

inline std::string read_whole(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot be read: " + file);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

struct LabelledQuestion {
  bool training = false;  // the confidence is fitted on these, everything is measured on the others
  std::string voice, text;
  std::string title;  // of the entry that answers it; empty: none does
};

inline std::vector<LabelledQuestion> read_questions(const std::string& file) {
  std::vector<LabelledQuestion> out;
  std::istringstream in(read_whole(file));
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, '\t');) cells.push_back(cell);
    if (cells.size() != 4) throw std::runtime_error("four cells are needed: " + line);
    out.push_back({cells[0] == "train", cells[1], cells[2], cells[3] == "-" ? std::string() : cells[3]});
  }
  return out;
}

// The starter set, all of it holding everywhere.
inline std::vector<std::shared_ptr<const KnowledgeEntry>> read_starter(const std::string& file) {
  auto table = read_table(read_whole(file));
  if (!table) throw std::runtime_error("no table: " + file);
  for (std::size_t c = 0; c < table->rows.front().cells.size(); ++c)
    if (table->rows.front().cells[c] == "网格") table->rows.front().cells[c] = "-";
  std::vector<std::vector<std::string>> rows;
  for (auto& row : table->rows) rows.push_back(row.cells);
  const GridTree tree;
  const std::vector<std::shared_ptr<const KnowledgeEntry>> none;
  std::int64_t next = 0;
  auto plan = plan_knowledge(*write_table(rows, TableForm::csv), {},
                             {tree,
                              none,
                              [](std::string_view) { return UserId{}; },
                              [](std::string_view) { return true; },
                              [&] { return KnowledgeId{++next}; },
                              {},
                              {}});
  if (!plan || plan->wrong_total > 0) throw std::runtime_error("wrong: " + file);
  std::vector<std::shared_ptr<const KnowledgeEntry>> out;
  for (auto& change : plan->changes) out.push_back(std::make_shared<const KnowledgeEntry>(std::move(change.entry)));
  return out;
}

inline std::vector<std::shared_ptr<const retrieval::Text>> texts_of(
    const std::vector<std::shared_ptr<const KnowledgeEntry>>& entries) {
  std::vector<std::shared_ptr<const retrieval::Text>> out;
  for (const auto& e : entries) {
    auto text = std::make_shared<retrieval::Text>();
    text->forms.push_back(e->title);
    text->forms.insert(text->forms.end(), e->questions.begin(), e->questions.end());
    text->answer = e->answer;
    text->category = e->category;
    out.push_back(std::move(text));
  }
  return out;
}

// How often the right entry stands first, or among three; and what the confidence does.
struct HitRates {
  int answerable = 0, first = 0, third = 0;  // right at rank 1, within 3
  int offered = 0, offered_right = 0;        // answerable, first is confident; and right
  int unanswerable = 0, offered_wrongly = 0;
};

inline HitRates hit_rates(const retrieval::Index& index,
                          const std::vector<std::shared_ptr<const KnowledgeEntry>>& entries,
                          const std::vector<LabelledQuestion>& questions, bool training) {
  HitRates out;
  const retrieval::Index* indexes[] = {&index};
  for (const LabelledQuestion& q : questions) {
    if (q.training != training) continue;
    const auto hits = retrieval::search(indexes, {q.text, {}}, 3, [](std::uint32_t, std::uint32_t) { return true; });
    const bool confident = !hits.empty() && hits[0].confidence >= retrieval::kConfident;
    if (q.title.empty()) {
      ++out.unanswerable;
      out.offered_wrongly += confident;
      continue;
    }
    ++out.answerable;
    for (std::size_t i = 0; i < hits.size(); ++i)
      if (entries[hits[i].text]->title == q.title) {
        out.first += i == 0;
        ++out.third;
        out.offered_right += i == 0 && confident;
      }
    out.offered += confident;
  }
  return out;
}

}  // namespace linli
