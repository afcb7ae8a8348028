// Chat exports that people bring: a file comes in pieces, is looked at, is taken in, all by one thread of this class. A file's
// bytes lie sealed in pieces of 4 MB in a folder of their own until they are read, so that a gigabyte needs little memory
// and a restart goes on by itself: looking begins again, and so does taking in, for what was taken counts as known.
//
//   receiving -> looking -> ready -> running -> done
//                   |  ^      |        `-> cancelled, failed
//                   v  |      v
//                 asking (the file needs a person's word: format, columns)
//
// Only who brought a file sees it: its preview shows people's words.
#pragma once
#include <atomic>
#include <boost/json/object.hpp>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/task_group.h"
#include "channels/chatlog/survey.h"
#include "channels/chatlog/take_in.h"
#include "store/writer.h"

namespace linli {

struct ImportTag {
  static constexpr std::string_view prefix = "imp";
};
using ImportId = Id<ImportTag>;

enum class ImportState { receiving, looking, asking, ready, running, done, cancelled, failed };
std::string_view name(ImportState state);

class Imports {  // any thread but the writer's and the I/O thread: calls wait for disk and commits
 public:
  static constexpr std::int64_t largest = 4ll << 30;      // bytes of a file
  static constexpr std::size_t piece = 4u << 20;          // bytes of one piece at most
  static constexpr std::size_t most_unfinished = 20;      // of one person
  static constexpr std::size_t longest_paste = 1u << 20;  // bytes

  struct Parts {
    Writer& writer;
    Readers& readers;
    const Sealer& sealer;
    IdSource& ids;
    const Clock& clock;
    const TimeZone& zone;
    Channels& channels;
    Groups& groups;
    Intake& intake;
  };
  Imports(Parts parts, std::filesystem::path folder);
  ~Imports();  // stop()

  // Takes up what a stop left. Forgets what is older than 30 days, and files that nobody finished within a day.
  Result<void> start();
  void stop();  // what runs goes on at the next start. Twice is once.

  // What a person says about a file, or a text.
  struct Choice {
    ExportChoice shape;
    std::string me;  // the name of who exported it
  };

  // ---- files; errors of all: not_found (no such import of this person's), not_in_state ----

  // Errors: unknown_group, group_not_admitted, too_long (arg max), too_many_requests.
  Result<boost::json::object> open(UserId by, GroupId group, std::string file_name, std::int64_t size,
                                   Language language);
  // The piece that begins at `offset`. One that is here already changes nothing. Errors: bad_value (a gap, or too much), those of
  // the disk.
  Result<boost::json::object> put(UserId by, ImportId id, std::int64_t offset, std::string_view bytes);
  // Looks at the whole; again with another choice, as often as one likes.
  Result<boost::json::object> look(UserId by, ImportId id, Choice choice);
  Result<boost::json::object> begin(UserId by, ImportId id);
  // What was taken in stays.
  Result<boost::json::object> cancel(UserId by, ImportId id);
  Result<boost::json::object> find(UserId by, ImportId id) const;
  std::vector<boost::json::object> of(UserId by) const;  // the newest first

  // ---- paste: a text, at once; on a reader's thread with its transaction ----

  struct Paste {
    std::string text;
    Choice choice;
    bool single = false;        // all of it is one message, by `name`
    std::string name;           // of the sender, with `single`
    std::optional<Instant> at;  // of what tells no time
    bool just_now = false;      // the person says that it was just said: the last 15 minutes are live
  };
  // Errors: unknown_group, group_not_admitted, chat_unknown, chat_no_time, missing_field (name), bad_value (empty).
  Result<boost::json::object> preview(Tx& tx, GroupId group, const Paste& paste, Language language);
  // Who spoke last in the group, the latest first, for who copies one message and must say whose it is.
  Result<std::vector<std::string>> recent_names(Tx& tx, GroupId group);
  Result<TakenIn> paste(Tx& tx, UserId by, GroupId group, const Paste& paste);
  static constexpr std::chrono::minutes live_for{15};

 private:
  struct Job;
  using JobPtr = std::shared_ptr<Job>;

  Result<JobPtr> job_of(UserId by, ImportId id) const;
  Result<std::shared_ptr<const Group>> admitted(GroupId id) const;
  Result<void> keep(const Job& job, std::string what = {});
  boost::json::object show(const Job& job) const;
  OpenBytes bytes_of(const JobPtr& job) const;
  std::filesystem::path folder_of(ImportId id) const;
  void queue(ImportId id);
  void work(std::stop_token stop);
  Result<void> look_at(const JobPtr& job);
  Result<void> run(const JobPtr& job);
  Result<HeardBefore> heard(const Group& group);
  Result<ColumnMap> remembered(const Group& group, const std::vector<std::string>& headings);
  Result<void> remember(const Job& job);
  void drop_bytes(ImportId id);

  const Parts parts_;
  const std::filesystem::path folder_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::map<ImportId, JobPtr> jobs_;
  std::deque<ImportId> queue_;
  std::atomic<bool> stopping_{false};
  TaskGroup tasks_;
};

}  // namespace linli
