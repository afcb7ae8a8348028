// The whole of linli without its HTTP server: store, channels, intake, placing. `linli serve` runs it; commands that change
// state use it when no server runs.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "app/operations.h"
#include "assist/companion_rules.h"
#include "assist/knowledge.h"
#include "base/local_time.h"
#include "base/settings.h"
#include "channels/imports.h"
#include "channels/intake.h"
#include "channels/sender.h"
#include "desk/search.h"
#include "leads/placing.h"
#include "notify/deliverer.h"
#include "notify/watch.h"
#include "people/grids.h"
#include "people/routing_store.h"
#include "store/blobs.h"
#include "store/data_folder.h"
#include "store/outbox.h"
#include "store/sealing.h"
#include "store/writer.h"
#include "understand/understand.h"
#include "webhooks/feed.h"

namespace linli::app {

// Settings of everything but the HTTP server.
std::vector<AnySetting> program_settings();
// database.url and keys.file, with their defaults in and beside the data folder.
Result<Database> configured_database(const Settings& settings, const std::filesystem::path& data);
std::filesystem::path configured_key_file(const Settings& settings, const std::filesystem::path& data);

class Program {
 public:
  // Takes the lock of the data folder, brings the schema up to date, checks the key, loads what is kept in memory, takes
  // up the open leads. Errors: data_in_use, those of the store and of the model.
  static Result<std::unique_ptr<Program>> open(const std::filesystem::path& data, const Settings& settings);
  ~Program();  // stop()

  // Finishes what was taken, within a bound. Twice is once.
  void stop();

  DataFolder& folder();
  Writer& writer();
  Readers& readers();
  Outbox& outbox();
  const Sealer& sealer();
  IdSource& ids();
  const Clock& clock();
  const TimeZone& zone();
  Channels& channels();
  Grids& grids();
  Groups& groups();
  OptOuts& opt_outs();
  MemberRoles& member_roles();
  Rhythms& rhythms();
  Routing& routing();
  Knowledge& knowledge();
  Intake& intake();
  Imports& imports();
  Placing& placing();
  Operations& operations();
  // Words that are due go out from start_sending() on. A demo's groups hear them by `demo` (channel kind demo).
  using Say = std::function<Sender::Said(const outgoing::Item&, const Group&)>;
  void start_sending(Say demo = {});
  void words_queued();
  // What can be searched follows what changes, from now on.
  void start_search();
  desk::Search& search();
  // Software can say something in the group: its channel has a way out.
  bool may_write(const Group& group);
  // As the district has set them: whatever carries the machine's mark is a machine's, whoever says it. Any thread.
  void use_companion(const companion::Rules& rules);
  // Exports that were on their way in go on.
  Result<void> start_imports();
  // Promises are watched, those whom it concerns are told, from now on.
  void start_notifying();
  bool mail_works() const;  // a mail server is set up
  bool outgoing_private() const;
  std::string event_source() const;  // names this linli in CloudEvents
  void notify_queued();              // something is to be told
  void webhooks_changed();
  void corrections_erased();  // what erased leads taught is forgotten
  const Understander& understander();
  const Database& database();

  // Attachments: the bytes by what attachments.blob holds. Errors: blob_missing and those of the disk.
  Result<std::string> open_blob(std::string_view blob);
  Result<std::string> store_blob(std::string_view bytes);
  Result<std::int64_t> sweep();  // removes attachments that no message names
  // What is older than the district keeps it goes (people/policies.h), in steps between which intake goes on.
  struct Retired {
    std::int64_t messages = 0, leads = 0;
  };
  Result<Retired> apply_retention(std::stop_token stop = {});
  // Suspended cases whose day has come go on; how many.
  Result<int> wake_cases();
  // Notes where the audit log's chain ends, in a file of the data folder and in the program's log (people/audit.h).
  Result<void> keep_audit_anchor();
  std::filesystem::path anchors_file();
  // Why no messages can be taken, in plain words; empty: they can.
  std::vector<std::string> not_ready();

 private:
  struct Parts;
  explicit Program(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace linli::app
