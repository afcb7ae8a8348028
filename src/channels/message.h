// One contract for all ways in: whatever a channel speaks, it ends as this.
#pragma once
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id.h"

namespace linli {

// What a member list would tell of the sender, not what the text tells.
enum class Role { resident, grid_officer, community_staff, property, merchant, bot };
enum class MessageType { text, image, voice, link, file, system, recall };

std::string_view name(Role role);         // "grid_officer"
std::string_view name(MessageType type);  // "text"; recall: 撤回
std::optional<Role> parse_role(std::string_view text);
std::optional<MessageType> parse_message_type(std::string_view text);

// On duty: an answer by them keeps the promise. Neighbours, the property company and machines do not.
inline bool on_duty(Role role) { return role == Role::grid_officer || role == Role::community_staff; }

struct Attachment {
  std::string name;        // file name as sent, may be empty
  std::string media_type;  // "image/jpeg"
  std::string bytes;       // empty where the channel gave only the name
};

// A message as its channel told it. Texts are valid UTF-8 without NUL, within the limits of message_json.h.
struct Message {
  std::string id;          // the channel's own id: (channel, id) is unique
  std::string group;       // the channel's own id of the group; empty: a one-to-one chat, dropped
  std::string group_name;  // optional, for groups that nobody has admitted yet
  Instant sent_at{};       // the chat's time (`ts`)
  std::string sender;
  std::string sender_name;  // the name shown in the group, such as "3-2-1502李姐"
  Role role = Role::resident;
  MessageType type = MessageType::text;
  std::string text;                   // voice: its transcript
  std::string reply_to;               // id of the quoted message; empty: none
  std::vector<std::string> mentions;  // sender ids
  bool mentions_all = false;
  std::string recalls;  // id of the message that this one takes back (type recall)
  std::vector<Attachment> attachments;
};

// A message of an admitted group as it stands in the store. Messages are numbered in commit order:
// a greater id was committed later.
struct StoredMessage {
  MessageId id;
  ChannelId channel;
  GroupId group;
  Instant received_at{};
  bool live = true;  // false: imported or more than `intake.historic_after` late: starts no promise, rings nobody
  bool time_clamped = false;  // the chat's time was more than 5 minutes ahead and was set to received_at
  bool recalled = false;      // hidden from everyone but the auditor, not used by the machine
  MessageId recalls;          // type recall: the message taken back; 0: it was never here
  Message message;
};

}  // namespace linli
