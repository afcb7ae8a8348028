// A lead as it stands in the store and on the desk.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "leads/leads.h"

namespace linli {

// Poor relief, illness, complaints about neighbours, the property company and its owners: not in front of everybody, unless
// a person chooses to.
bool starts_private(std::string_view category);

enum class LeadState { open, confirmed, dismissed, merged, answered, in_case };
std::string_view name(LeadState state);
std::optional<LeadState> parse_lead_state(std::string_view text);

// Why a person found it no lead. `recalled` is the machine's: the last message was taken back in the chat.
enum class DismissReason { not_an_appeal, duplicate, settled, advertisement, other, recalled };
std::string_view name(DismissReason reason);
std::optional<DismissReason> parse_dismiss_reason(std::string_view text);

// What a person may set in place of the machine.
enum class LeadField : std::uint8_t { category = 1, urgency = 2, place = 4, summary = 8 };
inline constexpr LeadField kLeadFields[] = {LeadField::category, LeadField::urgency, LeadField::place,
                                            LeadField::summary};
std::string_view name(LeadField field);

// What a lead is kept by, without its messages. Texts are personal data: sealed in the store.
struct Lead {
  LeadId id;
  MessageId opening;  // names the lead in the pure core; of a lead that was split off: its own id's number
  LeadState state = LeadState::open;
  int revision = 0;          // rises with any change
  int decision_version = 0;  // rises when people decide; the ETag
  std::string community;
  std::string grid_path;        // for scope: where its place lies, else of the group of its first message
  UserId grid_by;               // who put it there; 0: the machine
  GroupId group;                // of its first message
  std::vector<GroupId> groups;  // in order of appearance
  std::string category;
  int urgency = 3;
  bool reply_suffices = false;
  bool area_wide = false;
  bool review = false;
  bool resolved = false;
  bool live = true;
  std::string place, summary;  // empty place: the chat never tells
  std::vector<Reason> category_reasons, urgency_reasons, place_reasons;
  std::string model_version;
  Instant asked_at{}, opened_at{}, latest_at{};
  std::optional<Instant> answered_at;  // by somebody on duty, seen in the chat or sent
  std::optional<Instant> claimed_at;   // said by hand at that moment, as who said it marked
  int message_count = 0;
  UserId decided_by;  // 0: nobody yet, or the machine (recalled)
  std::string decided_by_name;
  std::optional<Instant> decided_at;
  std::optional<DismissReason> dismiss_reason;
  std::string note;
  LeadId merged_into;  // merged: where its messages went
  // What a person set (bits of LeadField), and what the machine sees there; elsewhere the lead shows what it sees.
  std::uint8_t by_person = 0;
  struct Look {
    std::string category;
    int urgency = 0;
    std::string place, summary;
  } machine;

  bool set_by_person(LeadField field) const { return by_person & static_cast<std::uint8_t>(field); }
};

struct LeadLink {  // a message of a lead
  MessageId message;
  Act act = Act::none;
  float score = 0;
  std::vector<Reason> reasons;
};

struct LeadHistory {
  int revision = 0;
  Instant at{};
  UserId by;            // 0: the machine
  std::string by_name;  // the machine: its model's version
  std::string kind;     // opened, moved, changed, confirmed, dismissed, reopened, recalled, answered, merged, split …
  Args args;            // for the words "history.<kind>"
};

}  // namespace linli
