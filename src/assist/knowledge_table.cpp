#include "assist/knowledge_table.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include "base/trim.h"
#include "base/utf8.h"
#include "understand/taxonomy.h"

namespace linli {
namespace {

constexpr std::size_t kMostWrong = 1'000;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

enum Column {
  title,
  questions,
  answer,
  source,
  office,
  link,
  grid,
  category,
  valid_from,
  valid_to,
  review_on,
  owner,
  state,
  kColumns
};
struct Heading {
  std::string_view name;
  std::vector<std::string_view> words;
};
const std::array<Heading, kColumns> kHeadings{{{"title", {"标题"}},
                                               {"questions", {"问法", "问题", "问"}},
                                               {"answer", {"答案", "回答", "答"}},
                                               {"source", {"来源", "依据", "文件"}},
                                               {"office", {"发布单位", "单位"}},
                                               {"link", {"链接", "网址"}},
                                               {"grid", {"网格", "网格编码"}},
                                               {"category", {"分类", "类别"}},
                                               {"valid_from", {"生效", "生效日期"}},
                                               {"valid_to", {"失效", "失效日期"}},
                                               {"review_on", {"复核", "复核日期"}},
                                               {"owner", {"负责人"}},
                                               {"state", {"状态"}}}};
constexpr std::array<std::string_view, 3> kStateWords{"草稿", "已发布", "已撤下"};

std::optional<Column> column_of(std::string_view heading) {
  for (std::size_t c = 0; c < kColumns; ++c)
    if (heading == kHeadings[c].name || std::ranges::count(kHeadings[c].words, heading) > 0)
      return static_cast<Column>(c);
  return {};
}

struct Cell {
  long line = 0;
  std::string text;
};
using Row = std::map<Column, Cell>;  // what is missing stays as it is

std::vector<std::string> lines(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (const auto line = trim(text.substr(0, end)); !line.empty()) out.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

Result<std::vector<Row>> rows_of_table(std::string_view bytes) {
  auto table = read_table(bytes, {.rows = kMostImported + 1});
  if (!table) return tl::unexpected(std::move(table).error());
  std::vector<std::optional<Column>> columns;
  const long header = table->rows.empty() ? 1 : table->rows.front().line;
  if (!table->rows.empty())
    for (const std::string& cell : table->rows.front().cells) columns.push_back(column_of(cell));
  for (const Column needed : {title, answer})
    if (std::ranges::find(columns, std::optional(needed)) == columns.end())
      return fail(Errc::missing_field, Where::at({}, header,
                                                 std::string(kHeadings[needed].words.front()) + " / " +
                                                     std::string(kHeadings[needed].name)));
  std::vector<Row> rows;
  for (std::size_t i = 1; i < table->rows.size(); ++i) {
    Row& row = rows.emplace_back();
    for (std::size_t c = 0; c < columns.size(); ++c)
      if (columns[c])
        row[*columns[c]] = {table->rows[i].line,
                            c < table->rows[i].cells.size() ? table->rows[i].cells[c] : std::string()};
  }
  return rows;
}

Result<std::vector<Row>> rows_of_markdown(std::string_view bytes) {
  if (!valid_utf8(bytes)) return fail(Errc::bad_utf8);
  std::vector<Row> rows;
  long number = 0;
  bool facts = false;  // the lines right below a heading
  const auto append = [&](Row& row, Column column, std::string_view text) {
    Cell& cell = row[column];
    if (cell.line == 0) cell.line = number;
    else cell.text += '\n';
    cell.text += text;
  };
  while (!bytes.empty()) {
    ++number;
    const auto end = std::min(bytes.find('\n'), bytes.size());
    const std::string_view line = trim(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    if (line.starts_with('#')) {
      const auto text = trim(line.substr(std::min(line.find_first_not_of('#'), line.size())));
      if (rows.size() == kMostImported)
        return fail(Errc::too_long, Where::at({}, number), {{"max", std::to_string(kMostImported)}});
      rows.emplace_back()[title] = {number, std::string(text)};
      rows.back()[answer] = {number, {}};
      facts = true;
      continue;
    }
    if (rows.empty()) {
      if (line.empty()) continue;
      return fail(Errc::missing_field, Where::at({}, number, "# 标题 / title"));
    }
    Row& row = rows.back();
    if (facts) {
      std::string_view head = line, rest;
      for (const std::string_view colon : {std::string_view("："), std::string_view(":")})
        if (const auto at = line.find(colon); at != line.npos && at < head.size())
          head = line.substr(0, at), rest = trim(line.substr(at + colon.size()));
      if (head.starts_with("- ")) head = trim(head.substr(2));
      const auto column = head.size() < line.size() ? column_of(trim(head)) : std::nullopt;
      if (column && *column != title && *column != answer) {
        if (*column != source) {
          append(row, *column, rest);
          continue;
        }
        const auto bar = rest.find('|'), second = bar == rest.npos ? bar : rest.find('|', bar + 1);
        append(row, source, trim(rest.substr(0, bar)));
        append(row, office, bar == rest.npos ? std::string_view("-") : trim(rest.substr(bar + 1, second - bar - 1)));
        append(row, link, second == rest.npos ? std::string_view("-") : trim(rest.substr(second + 1)));
        continue;
      }
      if (line.empty()) continue;
      facts = false;
      row[answer] = {number, column == answer ? std::string(rest) : std::string(line)};
      continue;
    }
    row[answer].text += '\n';
    row[answer].text += line;
  }
  for (Row& row : rows) row[answer].text = trim(row[answer].text);
  return rows;
}

class Planner {
 public:
  Planner(const KnowledgePlanOptions& options, const KnowledgeWorld& world) : options_(options), world_(world) {
    for (const auto& entry : world.entries) known_.emplace(key(entry->title, entry->grid), entry.get());
  }

  KnowledgePlan plan(const std::vector<Row>& rows) {
    for (const Row& row : rows) read(row);
    if (plan_.wrong_total > 0) plan_.changes.clear();
    return std::move(plan_);
  }

 private:
  static std::string key(const std::string& title, GridId grid) { return title + '\n' + std::to_string(grid.value); }

  static const Cell* cell(const Row& row, Column column) {
    const auto at = row.find(column);
    return at == row.end() ? nullptr : &at->second;
  }

  void wrong(const Row& row, Column column, Errc code, Args args = {}) {
    ++plan_.wrong_total;
    const Cell* at = cell(row, column);
    const long line = at ? at->line : row.at(title).line;
    const std::string name(kHeadings[column].name);
    if (plan_.wrong.size() < kMostWrong)
      plan_.wrong.push_back({line, name, Error{code, Where::at({}, line, name), std::move(args)}});
  }

  std::optional<Day> day(const Row& row, Column column, std::optional<Day> before) {
    const Cell* at = cell(row, column);
    if (!at) return before;
    if (at->text.empty()) return {};
    const auto read = parse_day(at->text);
    if (!read) wrong(row, column, Errc::bad_value, {{"value", at->text}, {"allowed", "2026-11-23"}});
    return read;
  }

  // Sources, offices and links are lists beside one another; "-" holds the place of what there is not.
  std::vector<KnowledgeSource> sources(const Row& row, const std::vector<KnowledgeSource>& before) {
    const auto list = [&](Column column) {
      const Cell* at = cell(row, column);
      return at ? lines(at->text) : std::vector<std::string>();
    };
    const auto offices = list(office), links = list(link), names = list(source);
    if (!cell(row, source)) {
      if (!offices.empty() || !links.empty()) wrong(row, source, Errc::missing_field);
      return before;
    }
    const auto at = [](const std::vector<std::string>& from, std::size_t i) {
      return i < from.size() && from[i] != "-" ? from[i] : std::string();
    };
    std::vector<KnowledgeSource> out;
    for (std::size_t i = 0; i < names.size(); ++i) out.push_back({names[i], at(offices, i), at(links, i)});
    if (offices.size() > names.size()) wrong(row, office, Errc::missing_field, {});
    if (links.size() > names.size()) wrong(row, link, Errc::missing_field, {});
    return out;
  }

  // A few, so that it is seen what codes look like here.
  std::string some_codes() const {
    std::string out;
    std::size_t shown = 0;
    for (const Grid* root : world_.tree.roots()) {
      for (const Grid* grid = root; grid && shown < 4; ++shown) {
        (out += out.empty() ? "" : "、") += grid->code;
        const auto below = world_.tree.children(grid->id);
        grid = below.empty() ? nullptr : below.front();
      }
    }
    return out + " …";
  }

  static std::string all_categories() {
    std::string out;
    for (const Category& c : Taxonomy::embedded().categories()) (out += out.empty() ? "" : "、") += c.zh;
    return out;
  }

  void read(const Row& row) {
    const std::size_t before_wrong = plan_.wrong_total;
    GridId where;
    if (const Cell* at = cell(row, grid); at && !at->text.empty()) {
      const Grid* found = world_.tree.find_code(at->text);
      if (!found || found->closed_at)
        wrong(row, grid, Errc::bad_value, {{"value", at->text}, {"allowed", some_codes()}});
      else where = found->id;
    }
    const std::string& name = row.at(title).text;
    const auto known = known_.find(key(name, where));
    const KnowledgeEntry* before = known == known_.end() ? nullptr : known->second;
    KnowledgeEntry entry = before ? *before : KnowledgeEntry{};
    entry.title = name;
    entry.grid = where;
    entry.answer = row.at(answer).text;
    if (const Cell* at = cell(row, questions)) entry.questions = lines(at->text);
    entry.sources = sources(row, entry.sources);
    if (const Cell* at = cell(row, category)) {
      entry.category.clear();
      for (const Category& c : Taxonomy::embedded().categories())
        if (at->text == c.code || at->text == c.zh) entry.category = c.code;
      if (entry.category.empty() && !at->text.empty())
        wrong(row, category, Errc::bad_value, {{"value", at->text}, {"allowed", all_categories()}});
    }
    entry.valid_from = day(row, valid_from, entry.valid_from);
    entry.valid_to = day(row, valid_to, entry.valid_to);
    entry.review_on = day(row, review_on, entry.review_on);
    if (const Cell* at = cell(row, owner)) {
      entry.owner = at->text.empty() ? UserId{} : world_.user(at->text);
      if (!at->text.empty() && !entry.owner) wrong(row, owner, Errc::unknown_user, {{"user", at->text}});
    }
    const Cell* at = cell(row, state);
    if (at && !at->text.empty()) {
      std::optional<KnowledgeState> told = parse_knowledge_state(at->text);
      for (std::size_t i = 0; i < kStateWords.size(); ++i)
        if (kStateWords[i] == at->text) told = static_cast<KnowledgeState>(i);
      if (told) entry.state = *told;
      else wrong(row, state, Errc::bad_value, {{"value", at->text}, {"allowed", "草稿, 已发布, 已撤下"}});
    } else if (options_.publish) entry.state = KnowledgeState::published;
    else if (!before || before->state == KnowledgeState::withdrawn) entry.state = KnowledgeState::draft;
    for (KnowledgeFault& fault : faults(entry))
      wrong(row, column_of(fault.field == "sources" ? "source" : fault.field).value_or(title), fault.code,
            std::move(fault.args));
    if (!world_.may(grid_path(world_.tree, entry))) wrong(row, grid, Errc::not_allowed);
    const auto [first, fresh] = lines_.emplace(key(name, where), row.at(title).line);
    if (!fresh) wrong(row, title, Errc::duplicate, {{"first_line", std::to_string(first->second)}});
    if (plan_.wrong_total > before_wrong) return;

    std::vector<std::string> fields = before ? differences(*before, entry) : std::vector<std::string>{};
    if (before && fields.empty()) {
      ++plan_.unchanged;
      return;
    }
    using Kind = KnowledgeChange::Kind;
    const int seen = before ? before->revision : 0;
    if (!before) {
      entry.id = world_.draw();
      entry.created_at = world_.now;
    }
    entry.revision = seen + 1;
    entry.changed_at = world_.now;
    entry.changed_by = world_.by;
    plan_.changes.push_back({before ? Kind::changed : Kind::added, row.at(title).line, seen, std::move(entry), fields});
  }

  const KnowledgePlanOptions& options_;
  const KnowledgeWorld& world_;
  std::unordered_map<std::string, const KnowledgeEntry*> known_;
  std::unordered_map<std::string, long> lines_;
  KnowledgePlan plan_;
};

std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& line : list) (out += out.empty() ? "" : "\n") += line;
  return out;
}

}  // namespace

std::string_view name(KnowledgeChange::Kind kind) { return kind == KnowledgeChange::Kind::added ? "added" : "changed"; }

Result<KnowledgePlan> plan_knowledge(std::string_view bytes, const KnowledgePlanOptions& options,
                                     const KnowledgeWorld& world) {
  std::string_view text = bytes;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  auto rows = trim(text).starts_with('#') ? rows_of_markdown(text) : rows_of_table(bytes);
  if (!rows) return tl::unexpected(std::move(rows).error());
  return Planner(options, world).plan(*rows);
}

std::vector<std::vector<std::string>> knowledge_table(const GridTree& tree,
                                                      const std::vector<std::shared_ptr<const KnowledgeEntry>>& entries,
                                                      const std::function<std::string(UserId)>& user_name) {
  std::vector<std::vector<std::string>> rows{{"标题", "问法", "答案", "来源", "发布单位", "链接", "网格", "分类",
                                              "生效日期", "失效日期", "复核日期", "负责人", "状态"}};
  const auto day = [](const std::optional<Day>& d) { return d ? format_day(*d) : std::string(); };
  for (const auto& e : entries) {
    std::vector<std::string> titles, offices, links;
    for (const KnowledgeSource& s : e->sources) {
      titles.push_back(s.title);
      offices.push_back(s.office.empty() ? "-" : s.office);
      links.push_back(s.link.empty() ? "-" : s.link);
    }
    const auto category = Taxonomy::embedded().find(e->category);
    const Grid* at = e->grid ? tree.find(e->grid) : nullptr;
    rows.push_back({e->title, joined(e->questions), e->answer, joined(titles), joined(offices), joined(links),
                    at ? at->code : std::string(),
                    category ? Taxonomy::embedded().categories()[*category].zh : std::string(), day(e->valid_from),
                    day(e->valid_to), day(e->review_on), e->owner ? user_name(e->owner) : std::string(),
                    std::string(kStateWords[static_cast<std::size_t>(e->state)])});
  }
  return rows;
}

}  // namespace linli
