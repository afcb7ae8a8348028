#include "assist/knowledge.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "api/handlers.h"
#include "api/input.h"
#include "api/lead_json.h"
#include "api/people.h"
#include "api/table_json.h"
#include "assist/gaps.h"
#include "assist/knowledge_table.h"
#include "base/normal_form.h"
#include "desk/desk.h"
#include "leads/lead_store.h"
#include "store/outbox.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using EntryPtr = std::shared_ptr<const KnowledgeEntry>;

constexpr std::size_t kMostChanges = 500;  // that an answer shows
constexpr int kMostGaps = 200;
constexpr std::string_view kXlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
constexpr std::string_view kDisplayName = "SELECT display_name FROM users WHERE id = $1";
constexpr std::string_view kUserName = "SELECT name FROM users WHERE id = $1";

const Error kUnknown{Errc::not_found, Where::at_field("entry"), {}};

json::value or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }
json::value day_json(const std::optional<Day>& day) { return day ? json::value(format_day(*day)) : json::value(); }

Result<int> number(const Request& request, std::string_view name, int least, int most, int otherwise) {
  const auto text = request.query_value(name);
  if (!text) return otherwise;
  int value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value < least || value > most)
    return fail(Errc::bad_value, Where::at_field(std::string(name)),
                {{"value", *text}, {"allowed", std::to_string(least) + " … " + std::to_string(most)}});
  return value;
}

// The grid that ?grid= names, open; 0: none is named.
Result<const Grid*> grid_of(const Call& call, const GridTree& tree) {
  const auto text = call.request.query_value("grid");
  if (!text) return nullptr;
  const auto id = parse_id<GridTag>(*text);
  const Grid* grid = id ? tree.find(*id) : nullptr;
  if (!grid || grid->closed_at) return fail(Errc::not_found, Where::at_field("grid"));
  return grid;
}

// How entries look in answers; display names are read once each.
class Show {
 public:
  Show(const Call& call, Tx& tx) : call_(call), tx_(tx), tree_(call.services.grids.tree()) {}

  Result<json::object> entry(const KnowledgeEntry& e) {
    json::object out{{"id", to_text(e.id)}, {"state", linli::name(e.state)}, {"title", e.title}, {"answer", e.answer}};
    json::array questions, sources;
    for (const std::string& q : e.questions) questions.emplace_back(q);
    for (const KnowledgeSource& s : e.sources)
      sources.push_back(json::object{{"title", s.title}, {"office", or_null(s.office)}, {"link", or_null(s.link)}});
    out["questions"] = std::move(questions);
    out["sources"] = std::move(sources);
    const Grid* grid = e.grid ? tree_->find(e.grid) : nullptr;
    out["grid"] = grid ? json::value(grid_name_json(*grid)) : json::value();
    out["category"] = or_null(e.category);
    out["valid_from"] = day_json(e.valid_from);
    out["valid_to"] = day_json(e.valid_to);
    out["valid"] = e.valid_on(call_.actor().today);
    out["review_on"] = day_json(e.review_on);
    out["due"] = e.due(call_.actor().today);
    for (const auto& [member, user] : {std::pair{"owner", e.owner}, {"changed_by", e.changed_by}}) {
      auto name = person(user);
      if (!name) return tl::unexpected(std::move(name).error());
      out[member] = std::move(*name);
    }
    out["revision"] = e.revision;
    out["changed_at"] = format_time(e.changed_at);
    out["may_change"] = may_change(call_.actor(), grid_path(*tree_, e));
    return out;
  }

 private:
  Result<json::value> person(UserId user) {
    if (!user) return json::value();
    auto at = names_.find(user);
    if (at == names_.end()) {
      auto name = tx_.value<std::string>(kDisplayName, {user});
      if (!name) return tl::unexpected(std::move(name).error());
      at = names_.emplace(user, name->value_or("")).first;
    }
    return json::value(json::object{{"id", to_text(user)}, {"display_name", at->second}});
  }

  const Call& call_;
  Tx& tx_;
  std::shared_ptr<const GridTree> tree_;
  std::unordered_map<UserId, std::string> names_;
};

Result<Response> entry_answer(int status, const Call& call, Tx& tx, const KnowledgeEntry& entry) {
  auto body = Show(call, tx).entry(entry);
  if (!body) return tl::unexpected(std::move(body).error());
  Response response = json_answer(status, json::serialize(*body));
  response.headers.emplace_back("etag", "\"" + std::to_string(entry.revision) + "\"");
  return response;
}

// The entry that the path names, if the caller may see it.
Result<EntryPtr> seen_entry(const Call& call) {
  const auto id = parse_id<KnowledgeTag>(call.request.params[0]);
  EntryPtr entry = id ? call.services.knowledge.find(*id) : nullptr;
  if (!entry || !may_see(call.actor(), grid_path(*call.services.grids.tree(), *entry))) return tl::unexpected(kUnknown);
  return entry;
}

std::vector<EntryPtr> seen_entries(const Call& call) {
  const auto tree = call.services.grids.tree();
  auto all = call.services.knowledge.all();
  std::erase_if(all, [&](const EntryPtr& e) { return !may_see(call.actor(), grid_path(*tree, *e)); });
  return all;
}

// What a body says of an entry. Members that are missing are empty: an entry is written whole.
void read_entry(Input& in, const GridTree& tree, KnowledgeEntry& e) {
  e.title = in.text("title", 1, 80);
  e.answer = in.text("answer", 1, 2'000);
  e.questions = in.texts("questions", 30, 1, 120);
  e.sources.clear();
  for (Input& source : in.objects("sources", 10)) {
    e.sources.push_back({source.text("title", 1, 120), source.optional_text("office", 0, 60).value_or(""),
                         source.optional_text("link", 0, 500).value_or("")});
    in.finish(source);
  }
  const std::string state = in.text("state", 1, 20);
  if (const auto told = parse_knowledge_state(state); told && *told != KnowledgeState::withdrawn) e.state = *told;
  else in.wrong(Errc::bad_value, "state", {{"value", state}, {"allowed", "draft, published"}});
  e.grid = {};
  if (const auto text = in.optional_text("grid_id", 1, 64)) {
    const auto id = parse_id<GridTag>(*text);
    const Grid* grid = id ? tree.find(*id) : nullptr;
    if (!grid || grid->closed_at) in.wrong(Errc::not_found, "grid_id");
    else e.grid = grid->id;
  }
  e.category = in.optional_text("category", 0, 40).value_or("");
  for (const auto& [member, day] :
       {std::pair{"valid_from", &e.valid_from}, {"valid_to", &e.valid_to}, {"review_on", &e.review_on}}) {
    const auto text = in.optional_text(member, 1, 10);
    *day = text ? parse_day(*text) : std::nullopt;
    if (text && !*day) in.wrong(Errc::bad_value, member, {{"value", *text}, {"allowed", "2026-11-23"}});
  }
  e.owner = {};
  if (const auto text = in.optional_text("owner_id", 1, 64)) {
    const auto id = parse_id<UserTag>(*text);
    if (id) e.owner = *id;
    else in.wrong(Errc::unknown_user, "owner_id");
  }
  for (const KnowledgeFault& fault : faults(e)) in.wrong(fault.code, fault.field, fault.args);
}

Result<void> check_owner(Tx& tx, const KnowledgeEntry& e) {
  if (!e.owner) return {};
  auto user = users::find(tx, e.owner);
  if (!user) return tl::unexpected(std::move(user).error());
  if (!*user) return fail(Errc::unknown_user, Where::at_field("owner_id"));
  return {};
}

// In the transaction of a change: into the audit log, with the texts before and after (they are the office's), and told.
Result<void> noted(const Call& call, Tx& tx, const char* what, const KnowledgeEntry* before,
                   const KnowledgeEntry& after) {
  const auto tree = call.services.grids.tree();
  const std::string path = grid_path(*tree, after);
  json::object detail{{"grid", path}, {"state", linli::name(after.state)}};
  json::array fields;
  if (before)
    for (std::string& field : differences(*before, after)) fields.emplace_back(std::move(field));
  if (before) detail["fields"] = std::move(fields);
  auto entry = call.entry(what, "knowledge", to_text(after.id), json::serialize(detail));
  if (before) entry.before = to_json(*before);
  entry.after = to_json(after);
  auto added = audit::add(tx, call.services.sealer, entry);
  if (!added) return tl::unexpected(std::move(added).error());
  const Instant now = call.services.clock.now();
  const std::string left = before ? grid_path(*tree, *before) : path;
  for (const std::string& where : left == path ? std::vector{path} : std::vector{path, left})
    LINLI_TRY(Outbox::append(tx, Event{0, "knowledge.changed", after.id.value, where, "knowledge.read", now, {}}));
  return {};
}

std::function<void()> kept(Services& services, std::vector<KnowledgeEntry> entries) {
  return [&services, entries = std::move(entries)]() mutable {
    if (!services.knowledge.keep(std::move(entries))) return;
    // A second's work for a large base: not on the writer's thread. Refused, the next change asks again.
    (void)services.readers.submit([&services](Result<Tx*>) { services.knowledge.reindex(); });
  };
}

json::object plan_json(const KnowledgePlan& plan, bool applied, Language language) {
  json::object out{{"applied", applied}, {"unchanged", plan.unchanged}, {"wrong_total", plan.wrong_total}};
  for (const auto kind : {KnowledgeChange::Kind::added, KnowledgeChange::Kind::changed})
    out[linli::name(kind)] = std::ranges::count(plan.changes, kind, &KnowledgeChange::kind);
  json::array changes;
  for (std::size_t i = 0; i < std::min(kMostChanges, plan.changes.size()); ++i) {
    const KnowledgeChange& change = plan.changes[i];
    json::array fields;
    for (const std::string& field : change.fields) fields.emplace_back(field);
    json::object one{{"kind", linli::name(change.kind)},
                     {"line", change.line},
                     {"title", change.entry.title},
                     {"state", linli::name(change.entry.state)}};
    one["fields"] = std::move(fields);
    changes.push_back(std::move(one));
  }
  out["wrong"] = wrong_json(plan.wrong, language);
  out["changes"] = std::move(changes);
  return out;
}

Result<KnowledgePlan> plan_for(Call& call, Tx& tx, const std::string& bytes, const KnowledgePlanOptions& options) {
  const auto tree = call.services.grids.tree();
  const auto entries = call.services.knowledge.all();
  std::optional<Error> broken;
  auto plan = plan_knowledge(
      bytes, options,
      {*tree, entries,
       [&](std::string_view name) {
         auto user = users::find(tx, name);
         if (!user) broken = user.error();
         return user && *user ? (*user)->id : UserId{};
       },
       [&](std::string_view path) { return may_change(call.actor(), path); },
       [&] { return call.services.ids.draw<KnowledgeId>(); }, call.services.clock.now(), call.actor().id});
  if (broken) return tl::unexpected(std::move(*broken));
  return plan;
}

}  // namespace

void list_knowledge(Call call) {
  const auto limit = number(call.request, "limit", 1, 200, 50), from = number(call.request, "cursor", 0, 1'000'000, 0);
  const auto due = flag(call.request, "due");
  if (!limit) return call.fail(limit.error());
  if (!from) return call.fail(from.error());
  if (!due) return call.fail(due.error());
  std::optional<KnowledgeState> state;
  if (const auto text = call.request.query_value("state")) {
    state = parse_knowledge_state(*text);
    if (!state)
      return call.fail(
          {Errc::bad_value, Where::at_field("state"), {{"value", *text}, {"allowed", "draft, published, withdrawn"}}});
  }
  read(std::move(call), [=, limit = *limit, from = *from, due = *due](Call& c, Tx& tx) -> Result<Response> {
    const auto tree = c.services.grids.tree();
    auto grid = grid_of(c, *tree);
    if (!grid) return tl::unexpected(std::move(grid).error());
    const std::string word = normalize(c.request.query_value("q").value_or("")).bytes;
    const Day today = c.actor().today;
    auto entries = seen_entries(c);
    std::size_t all_due = 0;
    for (const EntryPtr& e : entries) all_due += e->due(today);
    std::erase_if(entries, [&](const EntryPtr& e) {
      if (state ? e->state != *state : e->state == KnowledgeState::withdrawn) return true;
      if (due && !e->due(today)) return true;
      // What holds in the grid, or somewhere in it.
      if (*grid && e->grid && !tree->holds(e->grid, (*grid)->id) && !tree->holds((*grid)->id, e->grid)) return true;
      if (word.empty()) return false;
      const auto has = [&](const std::string& text) { return normalize(text).bytes.find(word) != std::string::npos; };
      return !has(e->title) && !has(e->answer) && std::ranges::none_of(e->questions, has);
    });
    Show show(c, tx);
    json::array list;
    const std::size_t begin = std::min(static_cast<std::size_t>(from), entries.size());
    const std::size_t end = std::min(begin + static_cast<std::size_t>(limit), entries.size());
    for (std::size_t i = begin; i < end; ++i) {
      auto entry = show.entry(*entries[i]);
      if (!entry) return tl::unexpected(std::move(entry).error());
      list.push_back(std::move(*entry));
    }
    json::object body{{"total", entries.size()}, {"due", all_due}, {"next_cursor", nullptr}};
    if (end < entries.size()) body["next_cursor"] = std::to_string(end);
    body["entries"] = std::move(list);
    return json_answer(200, json::serialize(body));
  });
}

void get_knowledge(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto entry = seen_entry(c);
    if (!entry) return tl::unexpected(std::move(entry).error());
    return entry_answer(200, c, tx, **entry);
  });
}

void add_knowledge(Call call) {
  Input in(call.request);
  KnowledgeEntry entry;
  const auto tree = call.services.grids.tree();
  read_entry(in, *tree, entry);
  const auto gap_text = in.optional_text("gap_id", 1, 64);
  const auto gap = gap_text ? parse_id<GapTag>(*gap_text) : std::nullopt;
  if (gap_text && !gap) in.wrong(Errc::not_found, "gap_id");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  if (!may_change(call.actor(), grid_path(*tree, entry)))
    return call.fail({Errc::not_allowed, Where::at_field("grid_id"), {}});
  entry.id = call.services.ids.draw<KnowledgeId>();
  write_once(std::move(call), [entry, gap](Call& c, Tx& tx) mutable -> Result<Written> {
    const Instant now = c.services.clock.now();
    entry.revision = 1;
    entry.created_at = entry.changed_at = now;
    entry.changed_by = c.actor().id;
    LINLI_TRY(check_owner(tx, entry));
    LINLI_TRY(Knowledge::insert(tx, entry));
    if (gap) {
      auto found = knowledge_gaps::find(tx, *gap);
      if (!found) return tl::unexpected(std::move(found).error());
      if (!*found || !c.actor().may(Right::knowledge_read, (*found)->grid_path))
        return fail(Errc::not_found, Where::at_field("gap_id"));
      LINLI_TRY(knowledge_gaps::close(tx, *gap, entry.id, c.actor().id, now));
    }
    LINLI_TRY(noted(c, tx, "knowledge.added", nullptr, entry));
    auto answer = entry_answer(201, c, tx, entry);
    if (!answer) return tl::unexpected(std::move(answer).error());
    return Written{std::move(*answer), kept(c.services, {entry})};
  });
}

// Changes the entry that the path names, as it is in the writer's turn.
template <class Change>
void change_entry(Call call, const char* what, Change change) {
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  write_once(std::move(call), [=, seen = *seen](Call& c, Tx& tx) -> Result<Written> {
    auto before = seen_entry(c);
    if (!before) return tl::unexpected(std::move(before).error());
    const auto tree = c.services.grids.tree();
    KnowledgeEntry entry = **before;
    change(entry);
    if (!may_change(c.actor(), grid_path(*tree, **before))) return fail(Errc::not_allowed, Where::at_field("entry"));
    if (!may_change(c.actor(), grid_path(*tree, entry))) return fail(Errc::not_allowed, Where::at_field("grid_id"));
    LINLI_TRY(check_owner(tx, entry));
    entry.revision = seen + 1;
    entry.changed_at = c.services.clock.now();
    entry.changed_by = c.actor().id;
    auto updated = Knowledge::update(tx, entry, seen);
    if (!updated) return tl::unexpected(std::move(updated).error());
    if (!*updated) return fail(Errc::stale, Where::at_field("If-Match"));
    LINLI_TRY(noted(c, tx, what, &**before, entry));
    auto answer = entry_answer(200, c, tx, entry);
    if (!answer) return tl::unexpected(std::move(answer).error());
    return Written{std::move(*answer), kept(c.services, {entry})};
  });
}

void change_knowledge(Call call) {
  Input in(call.request);
  KnowledgeEntry told;
  read_entry(in, *call.services.grids.tree(), told);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  change_entry(std::move(call), "knowledge.changed", [told](KnowledgeEntry& entry) {
    KnowledgeEntry next = told;
    next.id = entry.id;
    next.created_at = entry.created_at;
    entry = std::move(next);
  });
}

void withdraw_knowledge(Call call) {
  change_entry(std::move(call), "knowledge.withdrawn",
               [](KnowledgeEntry& entry) { entry.state = KnowledgeState::withdrawn; });
}

// What would be offered for a question, and why.
void search_knowledge(Call call) {
  const auto question = call.request.query_value("q");
  if (!question || question->empty()) return call.fail({Errc::missing_field, Where::at_field("q"), {}});
  read(std::move(call), [question = *question](Call& c, Tx& tx) -> Result<Response> {
    const auto tree = c.services.grids.tree();
    auto grid = grid_of(c, *tree);
    if (!grid) return tl::unexpected(std::move(grid).error());
    const std::string path = *grid ? (*grid)->path : std::string();
    if (*grid && !may_see(c.actor(), path)) return fail(Errc::not_found, Where::at_field("grid"));
    EntryPtr draft;
    if (const auto text = c.request.query_value("draft")) {
      const auto id = parse_id<KnowledgeTag>(*text);
      draft = id ? c.services.knowledge.find(*id) : nullptr;
      if (!draft || !may_see(c.actor(), grid_path(*tree, *draft)))
        return fail(Errc::not_found, Where::at_field("draft"));
    }
    json::array offers;
    bool fits = false;
    Show show(c, tx);
    for (const Offer& offer :
         c.services.knowledge.offers(question, path, c.request.query_value("category"), c.actor().today, 5, draft)) {
      auto entry = show.entry(*offer.entry);
      if (!entry) return tl::unexpected(std::move(entry).error());
      json::array words;
      for (const std::string& word : offer.words) words.emplace_back(word);
      json::object one{{"score", offer.score}, {"confidence", offer.confidence}, {"confident", offer.confident}};
      one["entry"] = std::move(*entry);
      one["words"] = std::move(words);
      offers.push_back(std::move(one));
      fits |= offer.confident;
    }
    json::object body{{"fits", fits}, {"threshold", retrieval::kConfident}};
    body["offers"] = std::move(offers);
    return json_answer(200, json::serialize(body));
  });
}

void import_knowledge(Call call) {
  const auto apply = flag(call.request, "apply"), publish = flag(call.request, "publish");
  if (!apply) return call.fail(apply.error());
  if (!publish) return call.fail(publish.error());
  const KnowledgePlanOptions options{*publish};
  // Reading the file takes as long as it is: what is wrong with it never reaches the writer's thread.
  auto shared = std::make_shared<Call>(std::move(call));
  auto taken = shared->services.readers.submit([shared, options, apply = *apply](Result<Tx*> tx) {
    if (!tx) return shared->fail(tx.error());
    auto looked = plan_for(*shared, **tx, shared->request.body, options);
    if (!looked) return shared->fail(looked.error());
    if (!apply || looked->wrong_total > 0)
      return shared->answer(json_answer(200, json::serialize(plan_json(*looked, false, shared->language))));
    write(
        std::move(*shared),
        [options](Call& c, Tx& wtx) -> Result<Written> {
          auto plan = plan_for(c, wtx, c.request.body, options);
          if (!plan) return tl::unexpected(std::move(plan).error());
          if (plan->wrong_total > 0)
            return Written{json_answer(200, json::serialize(plan_json(*plan, false, c.language))), {}};
          std::vector<KnowledgeEntry> entries;
          const auto tree = c.services.grids.tree();
          for (const KnowledgeChange& change : plan->changes) {
            if (change.kind == KnowledgeChange::Kind::added) LINLI_TRY(Knowledge::insert(wtx, change.entry));
            else {
              auto updated = Knowledge::update(wtx, change.entry, change.seen);
              if (!updated) return tl::unexpected(std::move(updated).error());
              if (!*updated) return fail(Errc::stale, Where::at({}, change.line, "title"));
            }
            const EntryPtr before = c.services.knowledge.find(change.entry.id);
            LINLI_TRY(noted(c, wtx, before ? "knowledge.changed" : "knowledge.added", before.get(), change.entry));
            entries.push_back(change.entry);
          }
          if (!entries.empty()) {
            const json::object detail{{"entries", entries.size()}, {"unchanged", plan->unchanged}};
            LINLI_TRY(record(c, wtx, "knowledge.imported", {}, {}, json::serialize(detail)));
          }
          return Written{json_answer(200, json::serialize(plan_json(*plan, true, c.language))),
                         kept(c.services, std::move(entries))};
        },
        Guard::bare);
  });
  if (!taken) shared->fail(taken.error());
}

void export_knowledge(Call call) {
  const std::string format = call.request.query_value("format").value_or("csv");
  if (format != "csv" && format != "xlsx")
    return call.fail({Errc::bad_value, Where::at_field("format"), {{"value", format}, {"allowed", "csv, xlsx"}}});
  read(std::move(call), [format](Call& c, Tx& tx) -> Result<Response> {
    const bool xlsx = format == "xlsx";
    std::optional<Error> broken;
    const auto name = [&](UserId user) {
      auto found = tx.value<std::string>(kUserName, {user});
      if (!found) broken = found.error();
      return found ? found->value_or("") : std::string();
    };
    auto bytes = write_table(knowledge_table(*c.services.grids.tree(), seen_entries(c), name),
                             xlsx ? TableForm::xlsx : TableForm::csv);
    if (broken) return tl::unexpected(std::move(*broken));
    if (!bytes) return tl::unexpected(std::move(bytes).error());
    Response response;
    response.content_type = xlsx ? std::string(kXlsx) : "text/csv; charset=utf-8";
    response.body = std::move(*bytes);
    response.headers.emplace_back("Content-Disposition", "attachment; filename=\"linli-knowledge." + format + "\"");
    return response;
  });
}

// What was asked is read in the lead, by those who may.
void list_knowledge_gaps(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto open = knowledge_gaps::open(tx, c.actor(), kMostGaps);
    if (!open) return tl::unexpected(std::move(open).error());
    const auto tree = c.services.grids.tree();
    json::array list;
    for (const knowledge_gaps::Gap& gap : *open) {
      const Grid* grid = tree->find_code(std::string_view(gap.grid_path).substr(gap.grid_path.rfind('/') + 1));
      json::object one{{"id", to_text(gap.id)},
                       {"category", or_null(gap.category)},
                       {"count", gap.count},
                       {"first_at", format_time(gap.first_at)},
                       {"last_at", format_time(gap.last_at)},
                       {"lead", nullptr},
                       {"summary", nullptr},
                       {"may_change", may_change(c.actor(), gap.grid_path)}};
      one["grid"] = grid ? json::value(grid_name_json(*grid)) : json::value();
      // As the desk shows it: in scope, and nothing of a confidential one.
      if (auto lead = desk::find(tx, c.services.sealer, c.actor(), gap.lead)) {
        one["lead"] = to_text(gap.lead);
        one["summary"] = or_null(lead->summary);
      } else if (lead.error().code != Errc::unknown_lead) {
        return tl::unexpected(std::move(lead).error());
      }
      list.push_back(std::move(one));
    }
    json::object body;
    body["gaps"] = std::move(list);
    return json_answer(200, json::serialize(body));
  });
}

void dismiss_knowledge_gap(Call call) {
  const auto id = parse_id<GapTag>(call.request.params[0]);
  const Error unknown{Errc::not_found, Where::at_field("gap"), {}};
  if (!id) return call.fail(unknown);
  write(std::move(call), [id = *id, unknown](Call& c, Tx& tx) -> Result<Written> {
    auto gap = knowledge_gaps::find(tx, id);
    if (!gap) return tl::unexpected(std::move(gap).error());
    if (!*gap || !c.actor().may(Right::knowledge_read, (*gap)->grid_path)) return tl::unexpected(unknown);
    if (!may_change(c.actor(), (*gap)->grid_path)) return fail(Errc::not_allowed, Where::at_field("gap"));
    auto closed = knowledge_gaps::close(tx, id, {}, c.actor().id, c.services.clock.now());
    if (!closed) return tl::unexpected(std::move(closed).error());
    if (*closed) LINLI_TRY(record(c, tx, "knowledge.gap_dismissed", "gap", to_text(id)));
    Response response;
    response.status = 204;
    return Written{std::move(response), {}};
  });
}

}  // namespace linli::api
