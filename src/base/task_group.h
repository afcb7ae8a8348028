// Threads with an owner and an end. The group is the LAST member of its class, so that it ends before what its tasks use.
#pragma once
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace linli {

class TaskGroup {
 public:
  TaskGroup() = default;
  ~TaskGroup() { stop(); }
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Starts a thread; `name` (15 bytes are kept) is shown by top and gdb. Tasks end soon after their token is stopped.
  // After stop() nothing is started and false is returned.
  bool spawn(std::string name, std::function<void(std::stop_token)> task);

  // Asks all tasks to end and waits for them. Not from one of the tasks. Twice is once.
  void stop();

 private:
  std::mutex mutex_;
  bool stopped_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace linli
