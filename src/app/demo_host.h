// The demo inside the running program: its channel and admitted groups, its evening replayed, its state for the routes.
#pragma once
#include <memory>

#include "api/demo.h"
#include "app/demo.h"
#include "app/program.h"

namespace linli::app {

class DemoHost final : public api::DemoControl {
 public:
  // Admits the demo's groups; start() begins the evening. `program` outlives it.
  static Result<std::unique_ptr<DemoHost>> open(Program& program, double speed);
  void start() { demo_->start(); }
  void stop() { demo_->stop(); }
  // Words to a group of the demo are heard there at once, said by the community's service account.
  Sender::Said say(const outgoing::Item& item, const Group& group);

  State state() const override;
  void set(std::optional<bool> paused, std::optional<double> speed) override { demo_->set(paused, speed); }

 private:
  DemoHost(Program& program, Channel channel) : program_(program), channel_(std::move(channel)) {}
  Result<void> deliver(Message message);
  // Leads of the evening before that nobody decided leave the queue: theirs was another evening.
  Result<void> clear_queue();

  Program& program_;
  const Channel channel_;
  std::unique_ptr<Demo> demo_;
};

}  // namespace linli::app
