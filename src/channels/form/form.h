// Reports by the form on the residents' pages: a channel of its own kind, with one group for each community, so that a report
// goes the way of any message and neighbours' reports of one matter come together. A report always becomes a lead or joins
// one: nobody fills in a form to chat (leads/engine).
//
// How its sender can be reached is sealed beside the message (table `reports`) and goes with its words (leads/erasure.h).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channels/channels.h"
#include "channels/message.h"
#include "people/grid.h"
#include "people/groups.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli::form {

inline constexpr std::string_view kChannel = "form";
bool is_group(std::string_view external_id);
// By the message's own id, which names of what it is. Placing knows groups by other names than channels do.
inline constexpr std::string_view kReports = "linli-form/";
inline bool is_report(const Message& message) { return message.id.starts_with(kReports); }

struct Contact {
  std::string name, phone;
  bool empty() const { return name.empty() && phone.empty(); }
};
struct Report {
  std::string once;  // kReports and what is its own; told again under the same name it is the same report
  std::string text, place;
  Contact contact;
  std::vector<Attachment> pictures;
};
// With the place in front. Who left a number is one sender with all reports of that number, so that erasing reaches them
// all; anybody else is a new one each time.
Message message(const Report& report, const Group& group, std::string_view sender_name, Instant now);

// The group of a community, as it is to be written when it is not there; its name is `name`.
Group group_of(const Grid& community, const GridTree& tree, const Channel& channel, GroupId id, std::string name,
               std::string responsible, std::string legal_basis, Instant now);

Result<void> add_contact(Tx& tx, const Sealer& sealer, MessageId message, const Contact& contact);
// The first that a lead's reports left; none: none did.
Result<std::optional<Contact>> contact_of(Tx& tx, const Sealer& sealer, LeadId lead);

}  // namespace linli::form
