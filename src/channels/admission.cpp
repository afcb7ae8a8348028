#include "channels/admission.h"

#include "store/sealing.h"

namespace linli {
namespace {

std::string key_of(ChannelId channel, const std::string& external_id) { return to_text(channel) + " " + external_id; }

}  // namespace

std::shared_ptr<const Group> Admissions::Batch::of(const Message& message) {
  auto [at, unseen] = seen_.try_emplace(message.group);
  if (!unseen) return at->second;
  at->second = all_.groups_.find(channel_.id, message.group);
  if (!at->second) {
    at->second = all_.pending(channel_, message, now_);
    if (at->second) unwritten_.push_back(at->second);
  }
  return at->second;
}

std::vector<Group> Admissions::Batch::unwritten() const {
  std::vector<Group> out;
  for (const auto& group : unwritten_) out.push_back(*group);
  return out;
}

std::shared_ptr<const Group> Admissions::pending(const Channel& channel, const Message& message, Instant now) {
  std::lock_guard lock(mutex_);
  // Its row may have been committed since the caller looked.
  if (auto group = groups_.find(channel.id, message.group)) return group;
  const std::string key = key_of(channel.id, message.group);
  if (const auto at = pending_.find(key); at != pending_.end()) return at->second;
  if (!channel.admit_all && groups_.waiting(channel.id) + pending_.size() >= max_waiting_) return nullptr;
  auto group = std::make_shared<Group>();
  group->id = ids_.draw<GroupId>();
  group->channel = channel.id;
  group->external_id = message.group;
  group->name = message.group_name;
  if (channel.admit_all) {
    group->state = GroupState::admitted;
    group->admitted_at = now;
    group->notice_token = random_link_token();
  }
  return pending_[key] = std::move(group);
}

void Admissions::written(const Group& group) {
  std::lock_guard lock(mutex_);
  groups_.keep_new(group);
  pending_.erase(key_of(group.channel, group.external_id));
}

}  // namespace linli
