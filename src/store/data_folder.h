// The data folder of one linli: its lock, and the socket by which commands ask the running program. One process holds the
// lock; commands never write beside it: they ask it, or take the lock themselves when nobody has it.
#pragma once
#include <boost/json/object.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "base/result.h"
#include "base/task_group.h"

namespace linli {

// A request is one JSON object on one line, {"command": "backup", …}. The answer is any number of lines {"progress": …}
// and one line {"ok": {…}} or {"error": {"code", "place", "line", "field", "args"}}.
using Progress = std::function<void(const boost::json::object&)>;
using AnswerCommand = std::function<Result<boost::json::object>(const boost::json::object& request, const Progress& progress)>;

class DataFolder {
 public:
  // Makes the folder (0700) when it is not there and takes its lock. Errors: data_in_use, file_unwritable.
  static Result<DataFolder> lock(const std::filesystem::path& folder);

  DataFolder(DataFolder&&) noexcept;
  DataFolder& operator=(DataFolder&&) noexcept;
  ~DataFolder();  // stops answering, gives the lock back

  const std::filesystem::path& path() const;

  // Listens on FOLDER/socket (0600). `answer` runs on threads of its own, a few at a time. Error: file_unwritable.
  Result<void> answer_commands(AnswerCommand answer);
  void stop_answering();

 private:
  class Impl;
  explicit DataFolder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Asks the program that runs on this folder; nullopt: none runs. `progress` is called for each line of progress.
// Errors: what the program answered; not_running (it went away before it answered).
Result<std::optional<boost::json::object>> ask_running(const std::filesystem::path& folder, const boost::json::object& request,
                                                       const Progress& progress = {});

}  // namespace linli
