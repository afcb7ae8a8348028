// What `linli import` does.
#include <fstream>

#include "app/operations.h"
#include "people/audit.h"

namespace linli::app {

Result<std::shared_ptr<const Group>> Operations::admitted_group(const std::string& id_or_name) const {
  std::shared_ptr<const Group> found;
  if (const auto id = parse_id<GroupTag>(id_or_name)) {
    found = groups_.find(*id);
  } else {
    for (const auto& group : groups_.all(Actor::all_powerful())) {
      if (group->name != id_or_name) continue;
      if (found) return linli::fail(Errc::name_taken, Where::at_field("group"), {{"name", id_or_name}});
      found = group;
    }
  }
  if (!found) return linli::fail(Errc::unknown_group, Where::at_field("group"));
  if (found->state != GroupState::admitted) return linli::fail(Errc::group_not_admitted, Where::at_field("group"));
  return found;
}

Result<Operations::ExportDone> Operations::import_export(const Export& asked,
                                                         const std::function<void(std::int64_t)>& progress) {
  auto group = admitted_group(asked.group);
  if (!group) return tl::unexpected(std::move(group).error());
  const auto channel = channels_.find((*group)->channel);
  if (!channel) return linli::fail(Errc::unknown_channel, Where::at_field("channel"));
  if (!std::ifstream(asked.file) || std::filesystem::is_directory(asked.file))
    return linli::fail(Errc::file_unreadable, Where::at(asked.file.string()));
  const OpenBytes open = [&] { return std::make_unique<std::ifstream>(asked.file, std::ios::binary); };
  ExportChoice choice = asked.choice;
  if (choice.as_of == Instant{}) choice.as_of = clock_.now();
  ExportDone done;
  auto shape = find_shape(open, choice);
  if (!shape) {
    Error error = std::move(shape).error();
    error.where.place = asked.file.string();
    return tl::unexpected(std::move(error));
  }
  done.shape = *shape;
  const Wraps wraps = count_wraps(open, *shape, choice.as_of, zone_);
  auto before =
      readers_.read([&](Tx& tx) { return heard_before(tx, sealer_, **group); }, Deadline::in(std::chrono::minutes(10)))
          .get();
  if (!before) return tl::unexpected(std::move(before).error());
  ExportIdentity identity(sealer_, **group, *std::move(before), asked.me);
  auto reader = read_export(open, *shape, choice.as_of, zone_, wraps);
  if (asked.dry_run) {
    done.survey = survey(*reader, identity);
    return done;
  }
  Deadline next_report = Deadline::in(std::chrono::seconds(1));
  auto taken = take_in(*reader, identity, intake_, *channel, {}, [&](const TakenIn& so_far) {
    if (!progress || !next_report.passed()) return;
    progress(so_far.fresh + so_far.known + so_far.dropped);
    next_report = Deadline::in(std::chrono::seconds(1));
  });
  if (!taken) return tl::unexpected(std::move(taken).error());
  done.taken = *std::move(taken);
  audit::Entry entry;
  entry.at = clock_.now();
  entry.by = audit::By::command();
  entry.what = "import.done";
  entry.object_kind = "group";
  entry.object_id = to_text((*group)->id);
  entry.detail =
      "{\"new\":" + std::to_string(done.taken.fresh) + ",\"known\":" + std::to_string(done.taken.known) + "}";
  LINLI_TRY(writer_.write([&](Tx& tx) { return audit::add(tx, sealer_, entry); }).get());
  return done;
}

}  // namespace linli::app
