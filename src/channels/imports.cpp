#include "channels/imports.h"

#include <algorithm>
#include <boost/json.hpp>

#include "channels/imports_job.h"
#include "people/audit.h"
#include "store/files.h"

namespace linli {
namespace {

namespace json = boost::json;
using imports::Bytes;
using imports::is_over;
using imports::is_queued;

constexpr std::chrono::hours kForget{24 * 30}, kUnfinished{24};
constexpr std::array<std::string_view, 8> kStates{"receiving", "looking", "asking",    "ready",
                                                  "running",   "done",    "cancelled", "failed"};

std::optional<ImportState> parse_state(std::string_view text) {
  for (std::size_t i = 0; i < kStates.size(); ++i)
    if (kStates[i] == text) return static_cast<ImportState>(i);
  return {};
}

const Error kUnknown{Errc::not_found, Where::at_field("import"), {}};
const Error kNotNow{Errc::not_in_state, Where::at_field("import"), {}};

constexpr const char* kInsert =
    "INSERT INTO imports (id, group_id, user_id, state, body, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, "
    "$7) "
    "ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body, changed_at = excluded.changed_at";

}  // namespace

std::string_view name(ImportState state) { return kStates[static_cast<std::size_t>(state)]; }

Imports::Imports(Parts parts, std::filesystem::path folder) : parts_(parts), folder_(std::move(folder)) {}
Imports::~Imports() { stop(); }

Result<void> Imports::start() {
  const Instant now = parts_.clock.now();
  std::vector<JobPtr> loaded;
  auto read = parts_.writer.write([&](Tx& tx) -> Result<bool> {
    loaded.clear();
    LINLI_TRY(tx.run("DELETE FROM imports WHERE created_at < $1", {now - kForget}));
    std::optional<Error> broken;
    LINLI_TRY(tx.each("SELECT id, group_id, user_id, state, body, created_at FROM imports ORDER BY id", {},
                      [&](const Row& r) {
                        auto body = parts_.sealer.open("imports.body", r.bytes(4));
                        const auto state = parse_state(r.get<std::string>(3));
                        if (!body || !state) {
                          broken = body ? Error{Errc::sealed_broken, Where::at("imports.body"), {}} : body.error();
                          return;
                        }
                        auto job = std::make_shared<Job>();
                        job->id = r.get<ImportId>(0);
                        job->group = r.get<GroupId>(1);
                        job->by = r.get<UserId>(2);
                        job->state = *state;
                        job->created_at = r.get<Instant>(5);
                        job->from_body(*body);
                        loaded.push_back(std::move(job));
                      }));
    if (broken) return tl::unexpected(*broken);
    return true;
  });
  LINLI_TRY(read.get());
  LINLI_TRY(files::make_folder(folder_));
  std::error_code ignored;
  {
    std::lock_guard lock(mutex_);
    for (const JobPtr& job : loaded) {
      if (!is_over(job->state) && job->created_at < now - kUnfinished && !is_queued(job->state))
        job->state = ImportState::cancelled;
      job->received = imports::stored_bytes(folder_of(job->id));
      if (is_queued(job->state)) {
        job->resumed = job->state == ImportState::running;
        queue_.push_back(job->id);
      }
      jobs_[job->id] = job;
    }
  }
  // Bytes that no unfinished import names.
  for (const auto& entry : std::filesystem::directory_iterator(folder_, ignored)) {
    const auto id = parse_id<ImportTag>(entry.path().filename().string());
    const auto job = id ? jobs_.find(*id) : jobs_.end();
    if (job == jobs_.end() || is_over(job->second->state)) std::filesystem::remove_all(entry.path(), ignored);
  }
  tasks_.spawn("imports", [this](std::stop_token stop) { work(stop); });
  return {};
}

void Imports::stop() {
  stopping_ = true;
  wake_.notify_all();
  tasks_.stop();
}

std::filesystem::path Imports::folder_of(ImportId id) const { return folder_ / to_text(id); }

void Imports::drop_bytes(ImportId id) {
  std::error_code ignored;
  std::filesystem::remove_all(folder_of(id), ignored);
}

Result<std::shared_ptr<const Group>> Imports::admitted(GroupId id) const {
  auto group = parts_.groups.find(id);
  if (!group) return fail(Errc::unknown_group, Where::at_field("group"));
  if (group->state != GroupState::admitted) return fail(Errc::group_not_admitted, Where::at_field("group"));
  return group;
}

Result<Imports::JobPtr> Imports::job_of(UserId by, ImportId id) const {
  std::lock_guard lock(mutex_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || found->second->by != by) return tl::unexpected(kUnknown);
  return found->second;
}

// The row, and an entry of the audit log when it is worth one. Not under the job's lock: the writer may be busy.
Result<void> Imports::keep(const Job& job, std::string what) {
  std::string body;
  ImportState state;
  json::object detail;
  {
    std::lock_guard lock(job.mutex);
    body = parts_.sealer.seal("imports.body", job.to_body());
    state = job.state;
    detail = {{"group", to_text(job.group)},
              {"new", job.counts.fresh},
              {"known", job.counts.known},
              {"dropped", job.counts.dropped}};
  }
  auto written = parts_.writer.write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(
        tx.run(kInsert, {job.id, job.group, job.by, name(state), Blob{body}, job.created_at, parts_.clock.now()}));
    if (!what.empty()) {
      audit::Entry entry;
      entry.at = parts_.clock.now();
      entry.by = audit::By::user(job.by);
      entry.what = what;
      entry.object_kind = "import";
      entry.object_id = to_text(job.id);
      entry.detail = json::serialize(detail);
      LINLI_TRY(audit::add(tx, parts_.sealer, entry));
    }
    return true;
  });
  LINLI_TRY(written.get());
  return {};
}

json::object Imports::show(const Job& job) const {
  std::lock_guard lock(job.mutex);
  json::object out = job.to_json();
  out["id"] = to_text(job.id);
  out["group_id"] = to_text(job.group);
  out["state"] = name(job.state);
  out["created_at"] = format_time(job.created_at);
  const auto group = parts_.groups.find(job.group);
  out["group"] = group ? group->name : std::string();
  const double part =
      job.size > 0
          ? std::min(1.0, static_cast<double>(job.state == ImportState::receiving ? job.received : job.read.load()) /
                              static_cast<double>(job.size))
          : 0;
  out["part"] = job.state == ImportState::done ? 1.0 : part;
  // Of what is under way: how long it still takes at the pace so far.
  out["seconds_left"] = nullptr;
  if (is_queued(job.state) && part > 0.02 && job.began != Instant{}) {
    const double spent = static_cast<double>((parts_.clock.now() - job.began).count()) / 1'000;
    if (spent > 1) out["seconds_left"] = static_cast<std::int64_t>(spent * (1 - part) / part) + 1;
  }
  return out;
}

Result<json::object> Imports::open(UserId by, GroupId group, std::string file_name, std::int64_t size,
                                   Language language) {
  LINLI_TRY(admitted(group));
  if (size <= 0) return fail(Errc::bad_value, Where::at_field("size"), {{"allowed", "1 …"}});
  if (size > largest) return fail(Errc::too_long, Where::at_field("size"), {{"max", std::to_string(largest)}});
  auto job = std::make_shared<Job>();
  job->id = parts_.ids.draw<ImportId>();
  job->group = group;
  job->by = by;
  job->file_name = std::move(file_name);
  job->size = size;
  job->language = language;
  job->created_at = parts_.clock.now();
  {
    std::lock_guard lock(mutex_);
    std::size_t unfinished = 0;
    for (const auto& [id, other] : jobs_) {
      std::lock_guard one(other->mutex);
      unfinished += other->by == by && !is_over(other->state);
    }
    if (unfinished >= most_unfinished)
      return fail(Errc::too_many_requests, Where::at_field("import"), {{"seconds", "3600"}});
    jobs_[job->id] = job;
  }
  LINLI_TRY(keep(*job));
  return show(*job);
}

Result<json::object> Imports::put(UserId by, ImportId id, std::int64_t offset, std::string_view bytes) {
  auto job = job_of(by, id);
  if (!job) return tl::unexpected(std::move(job).error());
  {
    std::lock_guard writing((*job)->writing);
    {
      std::lock_guard lock((*job)->mutex);
      if ((*job)->state != ImportState::receiving) return tl::unexpected(kNotNow);
    }
    if (offset == (*job)->received) {
      if (bytes.empty() || bytes.size() > piece || offset + static_cast<std::int64_t>(bytes.size()) > (*job)->size)
        return fail(Errc::bad_value, Where::at_field("body"),
                    {{"allowed", "1 … " + std::to_string(std::min<std::int64_t>(piece, (*job)->size - offset))}});
      LINLI_TRY(imports::put_piece(folder_of(id), offset, parts_.sealer.seal("imports.piece", bytes)));
      std::lock_guard lock((*job)->mutex);
      (*job)->received += static_cast<std::int64_t>(bytes.size());
    } else if (offset < 0 || offset > (*job)->received) {
      return fail(Errc::bad_value, Where::at_field("offset"), {{"allowed", std::to_string((*job)->received)}});
    }
  }
  return show(**job);
}

Result<json::object> Imports::look(UserId by, ImportId id, Choice choice) {
  auto job = job_of(by, id);
  if (!job) return tl::unexpected(std::move(job).error());
  {
    std::lock_guard lock((*job)->mutex);
    const ImportState state = (*job)->state;
    const bool whole = (*job)->received == (*job)->size;
    if (!(whole && (state == ImportState::receiving || state == ImportState::ready || state == ImportState::asking)))
      return tl::unexpected(kNotNow);
    (*job)->choice = std::move(choice);
    if ((*job)->choice.shape.as_of == Instant{}) (*job)->choice.shape.as_of = (*job)->created_at;
    (*job)->state = ImportState::looking;
  }
  LINLI_TRY(keep(**job));
  queue(id);
  return show(**job);
}

Result<json::object> Imports::begin(UserId by, ImportId id) {
  auto job = job_of(by, id);
  if (!job) return tl::unexpected(std::move(job).error());
  LINLI_TRY(admitted((*job)->group));
  {
    std::lock_guard lock((*job)->mutex);
    if ((*job)->state != ImportState::ready) return tl::unexpected(kNotNow);
    (*job)->state = ImportState::running;
  }
  LINLI_TRY(remember(**job));
  LINLI_TRY(keep(**job, "import.started"));
  queue(id);
  return show(**job);
}

Result<json::object> Imports::cancel(UserId by, ImportId id) {
  auto job = job_of(by, id);
  if (!job) return tl::unexpected(std::move(job).error());
  bool running;
  {
    std::lock_guard writing((*job)->writing);  // no piece is on its way to the folder
    std::lock_guard lock((*job)->mutex);
    if (is_over((*job)->state)) return tl::unexpected(kNotNow);
    running = (*job)->active;
    (*job)->cancelled = true;
    if (!running) (*job)->state = ImportState::cancelled;
  }
  // What runs ends by itself, with what it has counted.
  if (!running) {
    drop_bytes(id);
    LINLI_TRY(keep(**job, "import.cancelled"));
  }
  return show(**job);
}

Result<json::object> Imports::find(UserId by, ImportId id) const {
  auto job = job_of(by, id);
  if (!job) return tl::unexpected(std::move(job).error());
  return show(**job);
}

std::vector<json::object> Imports::of(UserId by) const {
  std::vector<JobPtr> mine;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, job] : jobs_)
      if (job->by == by) mine.push_back(job);
  }
  std::vector<json::object> out;
  for (auto job = mine.rbegin(); job != mine.rend() && out.size() < 50; ++job) {
    out.push_back(show(**job));
    out.back().erase("survey");
  }
  return out;
}

Result<ColumnMap> Imports::remembered(const Group& group, const std::vector<std::string>& headings) {
  const std::int64_t hash = parts_.sealer.hash("import_columns.headings", imports::joined(headings));
  auto text = parts_.readers
                  .read([&](Tx& tx) {
                    return tx.value<std::string>(
                        "SELECT columns FROM import_columns WHERE group_id = $1 AND headings = $2", {group.id, hash});
                  })
                  .get();
  if (!text) return tl::unexpected(std::move(text).error());
  return *text ? imports::columns_from(**text) : ColumnMap{};
}

Result<void> Imports::remember(const Job& job) {
  std::string columns;
  std::int64_t hash;
  {
    std::lock_guard lock(job.mutex);
    if (!std::ranges::any_of(job.choice.shape.columns, [](const auto& c) { return !c.empty(); })) return {};
    columns = imports::columns_text(job.choice.shape.columns);
    hash = parts_.sealer.hash("import_columns.headings", imports::joined(job.shape.headings));
  }
  auto written = parts_.writer.write([&](Tx& tx) -> Result<std::int64_t> {
    return tx.run(
        "INSERT INTO import_columns (group_id, headings, columns) VALUES ($1, $2, $3) "
        "ON CONFLICT (group_id, headings) DO UPDATE SET columns = excluded.columns",
        {job.group, hash, columns});
  });
  LINLI_TRY(written.get());
  return {};
}

Result<HeardBefore> Imports::heard(const Group& group) {
  return parts_.readers
      .read([&](Tx& tx) { return heard_before(tx, parts_.sealer, group); }, Deadline::in(std::chrono::minutes(10)))
      .get();
}

OpenBytes Imports::bytes_of(const JobPtr& job) const {
  return [this, job] {
    job->read = 0;
    return std::make_unique<Bytes>(folder_of(job->id), parts_.sealer, job->read);
  };
}

void Imports::queue(ImportId id) {
  std::lock_guard lock(mutex_);
  queue_.push_back(id);
  wake_.notify_all();
}

}  // namespace linli
