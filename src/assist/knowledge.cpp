#include "assist/knowledge.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <mutex>

#include "base/utf8.h"
#include "understand/taxonomy.h"

namespace linli {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 3> kStates{"draft", "published", "withdrawn"};
constexpr std::size_t kMostFresh = 128;  // entries beside the main index

constexpr std::string_view kInsert =
    "INSERT INTO knowledge (id, state, title, questions, answer, sources, grid_id, category, valid_from, valid_to, "
    "review_on, owner_id, revision, created_at, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
    "$10, $11, $12, $13, $14, $15, $16)";
constexpr std::string_view kUpdate =
    "UPDATE knowledge SET state = $3, title = $4, questions = $5, answer = $6, sources = $7, grid_id = $8, category = "
    "$9, valid_from = $10, valid_to = $11, review_on = $12, owner_id = $13, revision = $14, changed_at = $15, "
    "changed_by = $16 WHERE id = $1 AND revision = $2";
constexpr std::string_view kAll =
    "SELECT id, state, title, questions, answer, sources, grid_id, category, valid_from, valid_to, review_on, "
    "owner_id, "
    "revision, created_at, changed_at, changed_by FROM knowledge";

json::array questions_array(const KnowledgeEntry& e) {
  json::array out;
  for (const std::string& q : e.questions) out.emplace_back(q);
  return out;
}
std::string questions_json(const KnowledgeEntry& e) { return json::serialize(questions_array(e)); }
json::array sources_array(const KnowledgeEntry& e) {
  json::array out;
  for (const KnowledgeSource& s : e.sources)
    out.push_back(json::object{{"title", s.title}, {"office", s.office}, {"link", s.link}});
  return out;
}
std::optional<std::int64_t> number(const std::optional<Day>& day) {
  return day ? std::optional<std::int64_t>(day->number) : std::nullopt;
}
template <class IdType>
std::optional<IdType> maybe(IdType id) {
  return id ? std::optional(id) : std::nullopt;
}

Result<KnowledgeEntry> entry_of(const Row& r) {
  KnowledgeEntry e;
  e.id = r.get<KnowledgeId>(0);
  e.state = parse_knowledge_state(r.bytes(1)).value_or(KnowledgeState::withdrawn);  // a newer program's
  e.title = r.get<std::string>(2);
  e.answer = r.get<std::string>(4);
  e.grid = r.get<GridId>(6);
  e.category = r.get<std::string>(7);
  const auto day = [&](int column) {
    return r.is_null(column) ? std::nullopt : std::optional(Day{r.get<std::int32_t>(column)});
  };
  e.valid_from = day(8), e.valid_to = day(9), e.review_on = day(10);
  e.owner = r.get<UserId>(11);
  e.revision = r.get<int>(12);
  e.created_at = r.get<Instant>(13), e.changed_at = r.get<Instant>(14);
  e.changed_by = r.get<UserId>(15);
  try {
    const json::value questions = json::parse(r.bytes(3)), sources = json::parse(r.bytes(5));
    for (const json::value& q : questions.as_array()) e.questions.emplace_back(q.as_string());
    for (const json::value& s : sources.as_array()) {
      const auto text = [&](const char* key) { return std::string(s.at(key).as_string()); };
      e.sources.push_back({text("title"), text("office"), text("link")});
    }
  } catch (const std::exception&) {
    return fail(Errc::database_failed, Where::at("knowledge " + to_text(e.id)));
  }
  return e;
}

bool below(std::string_view path, std::string_view above) {
  return above.empty() || (path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '/'));
}

}  // namespace

std::string_view name(KnowledgeState state) { return kStates[static_cast<std::size_t>(state)]; }
std::optional<KnowledgeState> parse_knowledge_state(std::string_view text) {
  for (std::size_t i = 0; i < kStates.size(); ++i)
    if (kStates[i] == text) return static_cast<KnowledgeState>(i);
  return {};
}

std::vector<KnowledgeFault> faults(const KnowledgeEntry& e) {
  std::vector<KnowledgeFault> out;
  const auto text = [&](std::string field, const std::string& value, std::size_t least, std::size_t most) {
    if (has_nul(value)) return out.push_back({std::move(field), Errc::nul_character, {}});
    const std::size_t size = code_points(value);
    if (size < least) out.push_back({std::move(field), Errc::missing_field, {}});
    else if (size > most) out.push_back({std::move(field), Errc::too_long, {{"max", std::to_string(most)}}});
  };
  text("title", e.title, 1, 80);
  text("answer", e.answer, 1, 2'000);
  if (e.questions.size() > 30) out.push_back({"questions", Errc::too_long, {{"max", "30"}}});
  for (const std::string& q : e.questions) text("questions", q, 1, 120);
  if (e.sources.size() > 10) out.push_back({"sources", Errc::too_long, {{"max", "10"}}});
  for (const KnowledgeSource& s : e.sources) {
    text("sources", s.title, 1, 120);
    text("sources", s.office, 0, 60);
    text("sources", s.link, 0, 500);
    if (!s.link.empty() && !s.link.starts_with("https://") && !s.link.starts_with("http://"))
      out.push_back({"sources", Errc::bad_value, {{"value", s.link}, {"allowed", "https://…"}}});
  }
  if (e.state == KnowledgeState::published && e.sources.empty()) out.push_back({"sources", Errc::missing_field, {}});
  if (!e.category.empty() && !Taxonomy::embedded().find(e.category))
    out.push_back({"category", Errc::bad_value, {{"value", e.category}, {"allowed", "GET /api/v1/taxonomy"}}});
  if (e.valid_from && e.valid_to && *e.valid_to < *e.valid_from)
    out.push_back({"valid_to",
                   Errc::bad_value,
                   {{"value", format_day(*e.valid_to)}, {"allowed", format_day(*e.valid_from) + " …"}}});
  return out;
}

std::vector<std::string> differences(const KnowledgeEntry& a, const KnowledgeEntry& b) {
  std::vector<std::string> out;
  const auto differ = [&](const char* field, bool differs) {
    if (differs) out.emplace_back(field);
  };
  differ("state", a.state != b.state);
  differ("title", a.title != b.title);
  differ("questions", a.questions != b.questions);
  differ("answer", a.answer != b.answer);
  differ("sources", a.sources != b.sources);
  differ("grid", a.grid != b.grid);
  differ("category", a.category != b.category);
  differ("valid_from", a.valid_from != b.valid_from);
  differ("valid_to", a.valid_to != b.valid_to);
  differ("review_on", a.review_on != b.review_on);
  differ("owner", a.owner != b.owner);
  return out;
}

std::string to_json(const KnowledgeEntry& e) {
  const auto day = [](const std::optional<Day>& d) { return d ? json::value(format_day(*d)) : json::value(); };
  json::object out{{"state", name(e.state)}, {"title", e.title}, {"answer", e.answer}, {"category", e.category}};
  out["questions"] = questions_array(e);
  out["sources"] = sources_array(e);
  out["valid_from"] = day(e.valid_from);
  out["valid_to"] = day(e.valid_to);
  out["review_on"] = day(e.review_on);
  if (e.grid) out["grid"] = to_text(e.grid);
  if (e.owner) out["owner"] = to_text(e.owner);
  return json::serialize(out);
}

std::string grid_path(const GridTree& tree, const KnowledgeEntry& entry) {
  const Grid* grid = entry.grid ? tree.find(entry.grid) : nullptr;
  return grid ? grid->path : std::string();
}

bool may_see(const Actor& actor, std::string_view entry_path) {
  if (actor.may(Right::knowledge_read, entry_path)) return true;
  return std::ranges::any_of(actor.holdings, [&](const Holding& h) {
    return has(rights_of(h.role), Right::knowledge_read) && below(h.path, entry_path);
  });
}

bool may_change(const Actor& actor, std::string_view entry_path) {
  return actor.may(Right::knowledge_change, entry_path);
}

Knowledge::Part Knowledge::index_of(const std::vector<EntryPtr>& entries) {
  std::vector<std::shared_ptr<const retrieval::Text>> texts;
  auto ids = std::make_shared<std::vector<KnowledgeId>>();
  for (const EntryPtr& entry : entries) {
    auto text = std::make_shared<retrieval::Text>();
    text->forms.push_back(entry->title);
    text->forms.insert(text->forms.end(), entry->questions.begin(), entry->questions.end());
    text->answer = entry->answer;
    text->category = entry->category;
    texts.push_back(std::move(text));
    ids->push_back(entry->id);
  }
  return {std::make_shared<const retrieval::Index>(std::move(texts)), std::move(ids)};
}

Result<void> Knowledge::load(Tx& tx) {
  std::unordered_map<KnowledgeId, EntryPtr> found;
  std::optional<Error> broken;
  LINLI_TRY(tx.each(kAll, {}, [&](const Row& r) {
    auto entry = entry_of(r);
    if (!entry) broken = std::move(entry).error();
    else found.emplace(entry->id, std::make_shared<const KnowledgeEntry>(std::move(*entry)));
  }));
  if (broken) return tl::unexpected(std::move(*broken));
  {
    std::unique_lock lock(mutex_);
    entries_ = std::move(found);
    changed_.clear();
  }
  reindex();
  return {};
}

std::vector<Offer> Knowledge::offers(std::string_view question, std::string_view path,
                                     const std::optional<std::string>& category, Day today, int limit,
                                     std::shared_ptr<const KnowledgeEntry> draft) const {
  const auto tree = grids_.tree();
  const auto here = [&](const KnowledgeEntry& e) {
    if (!e.valid_on(today)) return false;
    if (!e.grid) return true;
    const Grid* grid = tree->find(e.grid);
    return grid && !grid->closed_at && below(path, grid->path);
  };
  std::vector<EntryPtr> of_draft;
  if (draft) of_draft.push_back(draft);
  const Part third = draft ? index_of(of_draft) : Part{};
  std::shared_lock lock(mutex_);
  const std::array<const Part*, 3> parts{&main_, &fresh_, &third};
  std::vector<const retrieval::Index*> indexes;
  std::vector<const Part*> used;
  for (const Part* part : parts)
    if (part->index && part->index->size() > 0) indexes.push_back(part->index.get()), used.push_back(part);
  const auto accept = [&](std::uint32_t index, std::uint32_t text) {
    const KnowledgeId id = (*used[index]->ids)[text];
    if (used[index] == &third) return here(*draft);
    if ((draft && id == draft->id) || (used[index] == &main_ && changed_.contains(id))) return false;
    const auto at = entries_.find(id);
    return at != entries_.end() && at->second->state == KnowledgeState::published && here(*at->second);
  };
  std::vector<Offer> out;
  const std::string about = category.value_or("");
  for (auto& hit : retrieval::search(indexes, {question, about}, static_cast<std::size_t>(std::max(0, limit)), accept))
    out.push_back({used[hit.index] == &third ? draft : entries_.at((*used[hit.index]->ids)[hit.text]), hit.score,
                   hit.confidence, hit.confidence >= retrieval::kConfident, std::move(hit.words)});
  return out;
}

std::vector<std::shared_ptr<const KnowledgeEntry>> Knowledge::all() const {
  std::vector<EntryPtr> out;
  {
    std::shared_lock lock(mutex_);
    out.reserve(entries_.size());
    for (const auto& [id, entry] : entries_) out.push_back(entry);
  }
  std::ranges::sort(
      out, [](const EntryPtr& a, const EntryPtr& b) { return std::tie(a->title, a->id) < std::tie(b->title, b->id); });
  return out;
}

std::shared_ptr<const KnowledgeEntry> Knowledge::find(KnowledgeId id) const {
  std::shared_lock lock(mutex_);
  const auto at = entries_.find(id);
  return at == entries_.end() ? nullptr : at->second;
}

Result<void> Knowledge::insert(Tx& tx, const KnowledgeEntry& e) {
  LINLI_TRY(
      tx.run(kInsert, {e.id, name(e.state), e.title, questions_json(e), e.answer, json::serialize(sources_array(e)),
                       maybe(e.grid), e.category, number(e.valid_from), number(e.valid_to), number(e.review_on),
                       maybe(e.owner), e.revision, e.created_at, e.changed_at, maybe(e.changed_by)}));
  return {};
}

Result<bool> Knowledge::update(Tx& tx, const KnowledgeEntry& e, int seen) {
  auto changed = tx.run(
      kUpdate, {e.id, seen, name(e.state), e.title, questions_json(e), e.answer, json::serialize(sources_array(e)),
                maybe(e.grid), e.category, number(e.valid_from), number(e.valid_to), number(e.review_on),
                maybe(e.owner), e.revision, e.changed_at, maybe(e.changed_by)});
  if (!changed) return tl::unexpected(std::move(changed).error());
  return *changed == 1;
}

bool Knowledge::keep(std::vector<KnowledgeEntry> entries) {
  std::unique_lock lock(mutex_);
  for (KnowledgeEntry& entry : entries) {
    changed_.insert(entry.id);
    auto& now = entries_[entry.id];
    if (!now || now->revision < entry.revision) now = std::make_shared<const KnowledgeEntry>(std::move(entry));
  }
  if (changed_.size() > kMostFresh) return true;
  fresh_ = index_of_changed();
  return false;
}

Knowledge::Part Knowledge::index_of_changed() const {
  std::vector<EntryPtr> fresh;
  for (const KnowledgeId id : changed_)
    if (const auto& entry = entries_.at(id); entry->state == KnowledgeState::published) fresh.push_back(entry);
  return index_of(fresh);
}

void Knowledge::reindex() {
  const std::lock_guard one_at_a_time(reindexing_);
  std::vector<EntryPtr> published;
  std::unordered_map<KnowledgeId, int> revisions;
  {
    std::shared_lock lock(mutex_);
    for (const auto& [id, entry] : entries_) {
      revisions.emplace(id, entry->revision);
      if (entry->state == KnowledgeState::published) published.push_back(entry);
    }
  }
  std::ranges::sort(published, {}, [](const EntryPtr& e) { return e->id; });
  Part made = index_of(published);
  std::unique_lock lock(mutex_);
  main_ = std::move(made);
  std::erase_if(changed_, [&](KnowledgeId id) {
    const auto at = revisions.find(id);
    return at != revisions.end() && at->second == entries_.at(id)->revision;
  });
  fresh_ = index_of_changed();
}

}  // namespace linli
