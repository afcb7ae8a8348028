// What the commands do that change state. They run inside the running program (asked over the socket of the data folder),
// or in the command's own process when none runs; the code is the same.
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "base/words.h"
#include "channels/channels.h"
#include "channels/chatlog/survey.h"
#include "channels/chatlog/take_in.h"
#include "channels/intake.h"
#include "people/grids.h"
#include "people/groups.h"
#include "people/holdings.h"
#include "people/users.h"
#include "store/sealing.h"
#include "store/writer.h"

namespace linli::app {

class Operations {  // any thread but the writer's and the I/O thread: calls wait
 public:
  Operations(Writer& writer, Readers& readers, const Sealer& sealer, IdSource& ids, const Clock& clock,
             const TimeZone& zone, Channels& channels, Grids& grids, Groups& groups, Intake& intake)
      : writer_(writer),
        readers_(readers),
        sealer_(sealer),
        ids_(ids),
        clock_(clock),
        zone_(zone),
        channels_(channels),
        grids_(grids),
        groups_(groups),
        intake_(intake) {}

  // The first start makes the administrator, without a password. Returns whether one has a password already.
  Result<bool> ensure_administrator();
  // A person with a role over the grid of that code (empty: everywhere), from today on. Errors: name_taken, bad_value,
  // not_found (the grid).
  Result<void> add_user(const std::string& name, const std::string& display_name, StaffRole role,
                        const std::string& grid_code);
  Result<void> set_password(const std::string& user, const std::string& password);
  // The token of a link that signs in once. Error: not_found.
  Result<std::string> make_sign_in_link(const std::string& user);

  // For who lost phone and recovery codes. Error: not_found.
  Result<void> reset_second_factor(const std::string& user);
  // An entry of the audit log in the name of a command.
  Result<void> record(const std::string& what, const std::string& detail);

  // With its new secret, to be shown once; files and the demo have none. Errors: name_taken, bad_value.
  Result<Channel> add_channel(const std::string& name, ChannelKind kind, bool admit_all);
  // The channel of that name, made when it is not there.
  Result<Channel> ensure_channel(const std::string& name, ChannelKind kind, bool admit_all);
  // What a table would change in the grid tree; written with `apply`, where nothing in it is wrong.
  Result<GridPlan> import_grids(const Table& table, const GridPlanOptions& options, bool apply);
  // Groups that a script or an administrator's file names are admitted at once, with their places; bound to the
  // grids of those names, where there are such.
  Result<void> admit(const Channel& channel, const PlaceDirectory& directory, const std::string& responsible,
                     const std::string& legal_basis);

  struct Imported {
    std::int64_t fresh = 0, known = 0, dropped = 0, refused = 0;
    std::vector<std::string> first_errors;  // of refused lines, for people, at most 10
  };
  // Messages of a file (channels/chatlog/chatlog.h) as history: their leads are historic. `progress` is called with the
  // lines read so far, about once a second.
  Result<Imported> import_file(const std::filesystem::path& file, const std::string& channel, bool admit_all,
                               Language language, const std::function<void(std::int64_t)>& progress = {});

  // An export of one group, as channels/chatlog/export.h reads it. `group`: its id, or its name where one admitted group has it.
  struct Export {
    std::filesystem::path file;
    std::string group, me;
    ExportChoice choice;
    bool dry_run = false;
  };
  struct ExportDone {
    ExportShape shape;
    TakenIn taken;
    std::optional<Survey> survey;  // with dry_run
  };
  // Errors: file_unreadable, unknown_group, group_not_admitted, those of find_shape() and of the store. `progress` is called with
  // the messages so far, about once a second.
  Result<ExportDone> import_export(const Export& asked, const std::function<void(std::int64_t)>& progress = {});

 private:
  Result<std::shared_ptr<const Group>> admitted_group(const std::string& id_or_name) const;
  Writer& writer_;
  Readers& readers_;
  const Sealer& sealer_;
  IdSource& ids_;
  const Clock& clock_;
  const TimeZone& zone_;
  Channels& channels_;
  Grids& grids_;
  Groups& groups_;
  Intake& intake_;
};

}  // namespace linli::app
