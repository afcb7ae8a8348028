// What the companion says to one message, and whether it says anything: a pure function of the district's rules, the talk so
// far and what is known of the message. A talk is what one person and the machine say to each other in one group, until it
// has been quiet for kTalk.
//
// It never promises, never acts as a human, answers from given knowledge only, says first what to do in danger, and is silent
// from the moment a person on duty writes. What is decided here is said by assist/companion.h.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assist/companion_words.h"
#include "assist/retrieval.h"
#include "base/local_time.h"
#include "understand/understand.h"

namespace linli::companion {

inline constexpr std::chrono::hours kTalk{12};
inline constexpr std::chrono::minutes kTurn{10};  // so long after its words it takes what the person says as said to it
inline constexpr std::chrono::minutes kPresent{30};  // so long after a person on duty wrote in the group it stays away
inline constexpr int kMostInTurn = 6, kMostInTalk = 20;
inline constexpr std::chrono::minutes kWindow{10};
inline constexpr std::size_t kMostAnswers = 2;  // to questions in one message
// What nobody asked it, or what is no question, is answered only where it is this sure (retrieval.h); else kConfident does.
inline constexpr float kSure = 0.8f;

enum class Over {
  no,
  resident,  // the person said so
  person,    // somebody on duty writes
};
enum class Missing {
  nothing,
  place,
  matter,
  answered,  // the place was asked for, and something was said: not again in this talk
};

struct Talk {                            // as it is kept; a fresh one: nothing was said
  std::optional<Instant> begun, latest;  // of the machine's words
  bool greeted = false;
  Over over = Over::no;
  Missing asked = Missing::nothing;  // what its latest question was about
  int said = 0;
  std::optional<Instant> window;
  int in_window = 0;
  std::string guided;  // the danger that it has said what to do about
  bool operator==(const Talk&) const = default;
};

// What the engine sees in the words.
struct Seen {
  float appeal = 0, urgent = 0;  // probabilities: of any matter; of danger to life, should it be one
  std::string category;
  bool question = false;
  bool distant = false;   // of elsewhere, of news, a joke, an advertisement, of what might be
  bool past = false;      // of another time, and not urgent
  bool alarming = false;  // a word of emergency
  bool angry = false, worried = false;
};
Seen see(const Understander& understander, const Message& message);

// The lead that the message stands in.
struct Matter {
  std::string category;
  bool placed = false;  // its place tells where to go
  int urgency = 3;
  bool open = true;     // nobody has answered or decided
  bool report = true;   // the message tells of it: not an answer, thanks …
  bool spoken = false;  // the machine has said something about it in this group
  bool reply_suffices = false;
  bool sensitive = false;  // not in front of everybody
};

struct Found {
  std::string id, title, answer, source;
  std::optional<Day> valid_to;
  float confidence = 0;
  bool confident = false;
};
// What the knowledge base holds for a question, here and today, best first.
using Find = std::function<std::vector<Found>(std::string_view question)>;

struct Asked {
  std::string text;
  Instant at{};
  Role role = Role::resident;
  bool works = true;                 // rules.works_at()
  bool speaks = true;                // software may say it here; else words are made ready for a person
  bool direct = false;               // one to one
  bool to_machine = false;           // quotes it
  std::optional<Instant> person_at;  // when somebody on duty last wrote in the group
  Seen seen;
  std::optional<Matter> matter;
};

enum class Kind { silent, guidance, answered, asked, noted, unknown, handed_over, small_talk, ended };
std::string_view name(Kind kind);
std::optional<Kind> parse_kind(std::string_view text);

struct Decision {
  Kind kind = Kind::silent;
  std::string why;   // silent: not_asked, person, over, rate, machine, off, said, danger; handed_over: medical, legal,
                     // political, district, human
  std::string text;  // without the mark
  std::string before, after;   // of `answered`: what stands round the answer
  std::vector<Found> sources;  // what the answer is made of
  bool calls = false;          // the person on call is woken
  bool needs_lead = false;     // somebody has to read this: where it stands in no lead, one is opened
  Talk talk;                   // as it is afterwards
};

Decision decide(const Words& words, const Rules& rules, const Talk& before, const Asked& asked, const Find& find);

// The questions in a message, one by one; the message itself where it is one.
std::vector<std::string> questions_in(std::string_view text);

}  // namespace linli::companion
