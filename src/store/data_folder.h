// The folder that holds everything but the key: linli.db, blobs/, and while a program runs linli.lock and linli.sock.
// One program at a time owns it. Commands that change state talk to the running program by the socket (mode 0600), or take
// the folder themselves when none runs; nobody writes beside the owner.
#pragma once
#include <boost/json/object.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "base/task_group.h"

namespace linli {

class DataFolder {
 public:
  // Makes the folder (0700) where there is none, and takes the lock; it goes with the object, also when the program is
  // killed. Errors: data_in_use, file_unwritable.
  static Result<DataFolder> take(const std::filesystem::path& path);
  DataFolder(DataFolder&& other) noexcept;
  DataFolder& operator=(DataFolder&&) = delete;
  ~DataFolder();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path blobs() const { return path_ / "blobs"; }
  // Beside the folder, never in it: "/srv/linli" -> "/srv/linli.key".
  static std::filesystem::path default_key_file(const std::filesystem::path& path);

 private:
  DataFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::filesystem::path path_;
  int lock_;
};

// ---- the socket: one JSON object a line. A request gets any number of {"progress":{…}} and then {"done":{…}} or
// {"error":{"code",…}}; errors arrive at the asker as they were. ----

using ControlObject = boost::json::object;
using Progress = std::function<void(const ControlObject&)>;

class Control {
 public:
  // On one of the control's own threads; may take minutes. `progress` may be called from there only.
  using Handler = std::function<Result<ControlObject>(const ControlObject& request, const Progress& progress)>;

  // Listens until it goes. At most 4 requests at a time; others wait. Error: file_unwritable.
  static Result<std::unique_ptr<Control>> listen(const DataFolder& folder, Handler handler);
  ~Control();  // waits for the handlers that run

 private:
  Control(std::filesystem::path path, int socket, int folder, Handler handler);
  void serve(std::stop_token stop);
  void answer(int connection);

  std::filesystem::path path_;
  int socket_, folder_;
  Handler handler_;
  TaskGroup threads_;
};

// Asks the program that runs on this folder. `silence`: the longest wait for the next line of its answer.
// Errors: not_running, too_late, and whatever the handler returned.
Result<ControlObject> ask(const std::filesystem::path& data_folder, const ControlObject& request,
                          const Progress& progress = {}, std::chrono::milliseconds silence = std::chrono::minutes(2));

}  // namespace linli
