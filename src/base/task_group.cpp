#include "base/task_group.h"

#include <pthread.h>

namespace linli {

bool TaskGroup::spawn(std::string name, std::function<void(std::stop_token)> task) {
  std::lock_guard lock(mutex_);
  if (stopped_) return false;
  threads_.emplace_back([name = std::move(name), task = std::move(task)](std::stop_token stop) {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    task(std::move(stop));
  });
  return true;
}

void TaskGroup::stop() {
  std::vector<std::jthread> ending;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    ending.swap(threads_);
  }
  for (std::jthread& thread : ending) thread.request_stop();
  for (std::jthread& thread : ending) thread.join();
}

}  // namespace linli
