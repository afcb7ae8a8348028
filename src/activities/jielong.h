// 接龙: a numbered list that each reader copies, lengthens by a line and posts again, read out of one group's messages.
//
// Pure: no clock, no database; the same messages in the same order give the same lists. A state belongs to one group and
// is used by one thread at a time. Names in it are personal data: nothing here logs them.
//
// What stands and what goes, when re-posts cross (docs/jielong.md tells why):
// - A re-post is compared with the posted version that it was copied from: of those kept, the one that shares most lines
//   with it, the latest among equals.
// - A line that is new against that version is an entry of the list, at its end: places go by arrival, not by numbering.
// - A line that is missing against that version withdraws its entry only if the entry is the poster's own, or the poster
//   began the list and a later line is still there. All other missing lines were lost in copying: the entry stays.
// - A count or note that differs from that version is a change; one that is merely old changes nothing.
// - Who has withdrawn comes back by their own word only, not by an old copy of the list.
#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace linli {

// What a list is for. `none`: no list that concerns anybody (recipes, steps, prices, donations, signatures …).
enum class JielongKind : std::uint8_t { none, sign_up, affected, group_buy, vote };
std::string_view name_of(JielongKind kind);  // "sign_up"

// One line of a list.
struct JielongLine {
  std::string name;          // as written; empty where only a house was written
  std::string house;         // as written: "3-2-501", "5栋"; empty: not told
  std::string note;          // what else the line says, without a bare count
  std::int32_t number = 1;   // people; in a group buy portions; 1 in affected and vote; 1..9999
  bool number_told = false;  // written, not assumed
  bool withdrawn = false;    // marked in the line itself: "小军（不来了）"
  std::int32_t marker = 0;   // the number that the line bears
};

// A message's text read by itself.
struct JielongText {
  JielongKind kind = JielongKind::none;
  std::string title;               // first line before the entries; empty: none
  std::vector<JielongLine> lines;  // at most kJielongEntries
  bool numbered = false;           // has numbered lines or empty numbers, whatever they are
  bool called = false;             // asks to join: 接龙, 报名, 登记 …
  bool refused = false;  // of a kind that is never kept (donations, signatures, safety calls), or told not to join
  float score = 0;       // how much it looks like a list of people; a list from kJielongList on
};
inline constexpr std::size_t kJielongEntries = 500;  // a group has no more members
inline constexpr float kJielongList = 1.0f;

// `author` is the poster's name in the group: who stands in their own list makes it likelier one. May be empty.
// Text beyond 32 KiB is not read.
JielongText parse_list(std::string_view text, std::string_view author = {});

struct JielongEntry {
  std::uint32_t id = 0;  // unique within the state, never used again
  std::string name, house, note;
  std::int32_t number = 1;
  bool number_told = false;
  bool gone = false;           // withdrawn; kept so that an old copy does not bring it back
  bool self = false;           // stands for `by`, as far as one can tell
  std::string by;              // author id of who put it in
  std::string key, house_key;  // what names and houses are compared by
};

// A version as it was posted: what each of its lines said then.
struct JielongVersion {
  struct Line {
    std::uint32_t entry = 0;
    std::int32_t number = 1;
    bool number_told = false;
    std::string note;
  };
  std::string by;
  std::vector<Line> lines;
};

struct JielongList {
  std::uint32_t id = 0;
  JielongKind kind = JielongKind::none;
  std::string title;
  std::string starter;                  // author id
  float score = 0;                      // how much it looked like a list of people when it was begun
  bool shown = false;                   // false: only a likely list, until somebody else lengthens it
  std::vector<JielongEntry> entries;    // in order of arrival, withdrawn ones too
  std::deque<JielongVersion> versions;  // the last 16
  std::chrono::sys_seconds touched{};
  std::uint32_t since = 0;  // messages of the group since it was touched
};

// One group's lists. Bounded: 8 lists of 500 entries and 16 versions; the list untouched for longest goes first.
struct JielongState {
  std::vector<JielongList> lists;  // in order of their beginning
  std::uint32_t next_id = 1;
  // A call without a list yet ("明早体检，报名接龙"): its first line becomes the title.
  std::string call, call_by;
  JielongKind call_kind = JielongKind::none;
  std::chrono::sys_seconds called_at{};
  std::uint32_t since_call = 0;
  std::uint32_t since_trouble = 1000;  // messages since somebody spoke of another matter (a pipe, noise)
  std::uint32_t since_refused = 1000;  // messages since a list that is never kept
};

struct JielongMessage {
  std::string_view author;  // id, stable within the group
  std::string_view name;    // as shown in the group: "3-2-501王姐"
  std::string_view text;
  std::chrono::sys_seconds at{};
};

// Why a change was made, for the officer who looks at it.
enum class JielongReason : std::uint8_t {
  list_begun,       // stands in a list that was posted for the first time
  line_added,       // a new line in a re-post, or a line posted alone
  line_changed,     // the line says something else than in the version it was copied from
  own_line_gone,    // the poster's own line is missing
  starter_removed,  // who began the list left the line out
  marked_gone,      // the line itself says so
  said,             // a message beside the list: "+1", "我不来了", "改成3人"
  said_for,         // the same, for somebody else: "帮我妈报一个"
  passed_on,        // a place was given to somebody else
  line_kept,        // no change: the line is missing from a re-post, and was kept
};
std::string_view name_of(JielongReason reason);

struct JielongChange {
  enum class What : std::uint8_t { begun, titled, added, changed, withdrawn, kept } what;
  std::uint32_t list = 0;
  std::uint32_t entry = 0;  // 0 for begun, titled
  std::string by;           // author id
  JielongReason reason;
};

// Takes the group's next message. `at` must not go backwards. Returns what it changed, in order; mostly nothing.
std::vector<JielongChange> step(JielongState& state, const JielongMessage& message);

// The list with that id; nullptr: none (any more).
const JielongList* find_list(const JielongState& state, std::uint32_t id);

}  // namespace linli
