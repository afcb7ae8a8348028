// The thread of Imports: looks at files, takes them in.
#include <algorithm>
#include <boost/json.hpp>

#include "base/log.h"
#include "channels/imports_job.h"

namespace linli {

namespace json = boost::json;
using imports::error_json;
using imports::is_over;
using imports::is_queued;

void Imports::work(std::stop_token stop) {
  while (!stop.stop_requested()) {
    JobPtr job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, stop, [&] { return !queue_.empty(); });
      if (stop.stop_requested()) return;
      job = jobs_[queue_.front()];
      queue_.pop_front();
    }
    bool runs;
    {
      std::lock_guard lock(job->mutex);
      if (job->cancelled || !is_queued(job->state)) continue;
      job->active = true;
      job->began = parts_.clock.now();
      runs = job->state == ImportState::running;
    }
    const auto done = [&]() -> Result<void> {
      try {
        return runs ? run(job) : look_at(job);
      } catch (const std::exception& e) {
        log::error("import.broken", {{"import", to_text(job->id)}, {"what", e.what()}});
        return fail(Errc::file_unreadable, Where::at_field("file"));
      }
    }();
    std::string what;
    bool over;
    {
      std::lock_guard lock(job->mutex);
      job->active = false;
      if (stopping_ && is_queued(job->state)) return;  // it goes on at the next start
      if (!done) {
        log::warn("import.failed", done.error());
        job->state = ImportState::failed;
        job->error = error_json(done.error(), job->language);
        what = "import.failed";
      }
      if (job->cancelled && job->state != ImportState::done)
        job->state = ImportState::cancelled, what = "import.cancelled";
      if (job->state == ImportState::done) what = "import.done";
      over = is_over(job->state);
    }
    if (auto kept = keep(*job, what); !kept) log::error("import.unwritten", kept.error());
    else if (over) drop_bytes(job->id);
  }
}

Result<void> Imports::look_at(const JobPtr& job) {
  auto group = admitted(job->group);
  if (!group) return tl::unexpected(std::move(group).error());
  const OpenBytes open = bytes_of(job);
  Choice choice;
  {
    std::lock_guard lock(job->mutex);
    choice = job->choice;
  }
  ExportShape shape;
  auto found = find_shape(open, choice.shape, &shape);
  const bool said = std::ranges::any_of(choice.shape.columns, [](const auto& c) { return !c.empty(); });
  if (!said && shape.format == ExportFormat::table && !shape.headings.empty()) {
    auto columns = remembered(**group, shape.headings);
    if (!columns) return tl::unexpected(std::move(columns).error());
    if (std::ranges::any_of(*columns, [](const auto& c) { return !c.empty(); })) {
      choice.shape.columns = *columns;
      found = find_shape(open, choice.shape, &shape);
    }
  }
  if (!found) {
    // A broken file is a person's matter too; only disks and keys are not.
    const Errc code = found.error().code;
    if (code == Errc::sealed_broken || code == Errc::file_unreadable) return tl::unexpected(std::move(found).error());
    std::lock_guard lock(job->mutex);
    job->shape = shape;
    job->survey = {};
    job->error = error_json(found.error(), job->language);
    job->state = ImportState::asking;
    return {};
  }
  const auto stopped = [&] { return stopping_ || job->cancelled; };
  const Wraps wraps = count_wraps(open, *found, choice.shape.as_of, parts_.zone, stopped);
  auto before = heard(**group);
  if (!before) return tl::unexpected(std::move(before).error());
  ExportIdentity identity(parts_.sealer, **group, *std::move(before), choice.me);
  auto reader = read_export(open, *found, choice.shape.as_of, parts_.zone, wraps);
  const Survey seen = survey(*reader, identity, stopped);
  std::lock_guard lock(job->mutex);
  if (stopped()) return {};
  job->shape = *found;
  job->choice = choice;
  job->survey = to_json(seen, job->language);
  job->error = {};
  job->state = ImportState::ready;
  if (seen.messages == 0 || seen.untimed > 0) {
    job->state = ImportState::asking;
    job->error = error_json(
        {seen.messages == 0 ? Errc::chat_unknown : Errc::chat_no_time, Where::at_field("format"), {}}, job->language);
  }
  return {};
}

Result<void> Imports::run(const JobPtr& job) {
  auto group = admitted(job->group);
  if (!group) return tl::unexpected(std::move(group).error());
  const auto channel = parts_.channels.find((*group)->channel);
  if (!channel) return fail(Errc::unknown_channel, Where::at_field("channel"));
  const OpenBytes open = bytes_of(job);
  Choice choice;
  {
    std::lock_guard lock(job->mutex);
    choice = job->choice;
  }
  const auto stopped = [&] { return stopping_ || job->cancelled; };
  auto shape = find_shape(open, choice.shape);
  if (!shape) return tl::unexpected(std::move(shape).error());
  const Wraps wraps = count_wraps(open, *shape, choice.shape.as_of, parts_.zone, stopped);
  auto before = heard(**group);
  if (!before) return tl::unexpected(std::move(before).error());
  ExportIdentity identity(parts_.sealer, **group, *std::move(before), choice.me);
  auto reader = read_export(open, *shape, choice.shape.as_of, parts_.zone, wraps);
  auto taken = take_in(
      *reader, identity, parts_.intake, *channel, {},
      [&](const TakenIn& so_far) {
        std::lock_guard lock(job->mutex);
        job->counts = {so_far.fresh, so_far.known, so_far.dropped, so_far.system_lines, so_far.wrong_total};
      },
      stopped);
  if (!taken) return tl::unexpected(std::move(taken).error());
  std::lock_guard lock(job->mutex);
  job->counts = {taken->fresh, taken->known, taken->dropped, taken->system_lines, taken->wrong_total};
  if (!taken->stopped) job->state = ImportState::done;
  return {};
}

}  // namespace linli
