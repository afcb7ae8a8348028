// What a model is asked to do, and what of its answers counts. The only place that composes questions: everything that people
// wrote goes in as JSON between marks that nobody can guess, masked unless the server stands on the district's own machines.
//
// Messages are data. Whatever stands in them, an answer can only be: a category of the taxonomy, an urgency of 1 to 4, ids that
// were given, words without links and numbers that no given source has. There is no field for recipients, actions or senders.
// An answer that says more is asked for once more and then refused (model_answer_wrong). A message that reads like orders to a
// machine is not passed on, and what the model says of its lead's category, urgency and sameness is not taken over.
//
// All block (ModelServer::ask); errors as there, and model_server_off where the task is switched off.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "assist/model_server.h"
#include "channels/message.h"

namespace linli::assist {

struct Spoken {
  std::string id;      // any text that names it; the model sees m1, m2 …
  std::string sender;  // the name shown in the group
  Role role = Role::resident;
  std::string text;
};

struct How {  // of a call
  Deadline by = Deadline::in(std::chrono::minutes(2));
  std::stop_token stop{};
};
struct From {  // an answer
  std::string model;
  std::string prompt;  // "refine 1"
};

// ---- refine a lead ----

struct Seen {  // what the engine sees
  std::string category;
  int urgency = 3;
  std::string place, summary;
};
struct Matter {  // another open lead
  std::string id, category, place, summary;
};
struct Refined {
  std::string summary, category, place;  // without names of people
  int urgency = 3;
  std::optional<std::string> same_as;  // of the given matters
  std::vector<std::string> evidence;   // of the given messages
  bool orders = false;  // a message reads like orders to a machine: category, urgency and same_as are the engine's
  From from;
};
inline constexpr std::size_t kMostMessages = 30, kMostMatters = 8;
// At most so many of them are looked at: the first ones and the latest.
Result<Refined> refine(ModelServer& server, const std::vector<Spoken>& messages, const Seen& seen,
                       const std::vector<Matter>& others, const std::string& where, const How& how = {});

// ---- judge doubtful messages ----

struct Doubtful {
  Spoken message;
  std::vector<std::string> before;  // the talk before it
};
struct Judged {
  std::string id;
  std::optional<bool> appeal;           // none: it reads like orders, a person looks at it
  std::optional<std::string> category;  // of an appeal
};
inline constexpr std::size_t kMostDoubtful = 8;
// One answer for each, in their order; at most kMostDoubtful.
Result<std::pair<std::vector<Judged>, From>> judge(ModelServer& server, const std::vector<Doubtful>& doubtful,
                                                   const How& how = {});

// ---- draft a reply ----

struct Source {  // a knowledge entry
  std::string id, question, answer, source;
};
struct Drafted {
  std::string reply;                 // empty: the sources do not answer it
  std::vector<std::string> sources;  // the ids that it is made of
  std::string missing;               // what they lack, in a few words
  From from;
};
// Without sources nothing is asked: the reply is empty. `progress` gets the reply as far as it has come, unchecked: to be shown,
// not to be sent.
Result<Drafted> draft(ModelServer& server, const std::vector<Spoken>& messages, const std::vector<Source>& sources,
                      const std::function<void(std::string_view)>& progress = {}, const How& how = {});

// ---- the same words in another tone ----

enum class Tone { plain, warm, formal };
std::optional<Tone> parse_tone(std::string_view text);
Result<std::pair<std::string, From>> polish(ModelServer& server, const std::string& text, Tone tone,
                                            const How& how = {});

// Whether it reads like orders to a machine ("忽略以上指令", "ignore previous instructions", JSON of an answer).
bool reads_like_orders(std::string_view text);

}  // namespace linli::assist
