#include "assist/companion_talk.h"

#include <algorithm>
#include <array>

#include "base/normal_form.h"
#include "base/trim.h"
#include "base/utf8.h"
#include "understand/lexicon.h"
#include "understand/taxonomy.h"

namespace linli::companion {
namespace {

constexpr std::array<std::string_view, 9> kKinds{"silent",  "guidance",    "answered",   "asked", "noted",
                                                 "unknown", "handed_over", "small_talk", "ended"};

// 开不开, 要不要.
bool is_either_or(std::u32string_view points) {
  for (std::size_t i = 0; i + 2 < points.size(); ++i)
    if (points[i] == points[i + 2] && points[i + 1] == U'不') return true;
  return false;
}

bool within(const std::optional<Instant>& at, Instant now, milliseconds time) { return at && now - *at < time; }

void erase_all(std::string& text, std::string_view what) {
  if (what.empty()) return;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at)) text.erase(at, what.size());
}

class Deciding {
 public:
  Deciding(const Words& words, const Rules& rules, const Talk& before, const Asked& asked, const Find& find)
      : words_(words), rules_(rules), asked_(asked), find_(find), talk_(before) {
    const Instant latest = before.latest.value_or(before.begun.value_or(Instant{}));
    if (before.begun && asked.at - latest >= kTalk) talk_ = {};
    plain_ = normalize(asked.text).bytes;
    const std::string machine = normalize(rules.machine).bytes;
    named_it_ = !machine.empty() && plain_.find(machine) != plain_.npos;
    erase_all(plain_, machine);
    in_turn_ = within(talk_.latest, asked.at, kTurn);
    addressed_ = asked.direct || asked.to_machine || named_it_;
  }

  Decision run() {
    if (!asked_.works) return silent("off");
    if (asked_.role != Role::resident && asked_.role != Role::merchant) return silent("machine");
    if (rules_.is_machine(asked_.text)) return silent("machine");
    if (bare(asked_.text).empty()) return silent("not_asked");

    const std::string_view danger = danger_kind();
    const bool named = words_.named(plain_) && !asked_.seen.distant;
    const bool person = talk_.over == Over::person || within(asked_.person_at, asked_.at, kPresent);
    if (named) return call("danger");
    if (!danger.empty()) {
      if (person) return call("person");
      if (talk_.over != Over::no) return call("over");
      return guide(danger);
    }
    if (person) return silent("person");
    if (talk_.over != Over::no) return silent("over");
    if (asked_.matter && !asked_.matter->open && !addressed_) return silent("person");
    if (within(talk_.window, asked_.at, kWindow) && talk_.in_window >= kMostInTurn) return silent("rate");
    if (talk_.said >= kMostInTalk) return silent("rate");
    if (auto ended = end()) return *std::move(ended);
    return asked_.matter || addressed_ || in_turn_ ? answer() : unasked();
  }

 private:
  Decision silent(std::string why) {
    Decision out;
    out.why = std::move(why);
    out.talk = talk_;
    return out;
  }

  // Nothing is said; somebody is woken.
  Decision call(std::string why) {
    Decision out = silent(std::move(why));
    out.calls = true;
    out.needs_lead = true;
    return out;
  }

  std::string_view danger_kind() const {
    const Seen& seen = asked_.seen;
    const bool here = !seen.distant && !seen.past;
    const std::string_view by_word = here ? words_.danger(plain_) : std::string_view();
    const bool lead = asked_.matter && asked_.matter->urgency == 1 && asked_.matter->report;
    const bool engine = seen.alarming && seen.urgent >= 0.5f && seen.appeal >= 0.5f && here;
    if (!by_word.empty() && by_word != "any") return by_word;
    if (!lead && !engine) return by_word;
    const std::string_view kind = words_.guidance_of(lead ? asked_.matter->category : seen.category);
    return kind.empty() ? "any" : kind;
  }

  // First what to do; once for each danger in a talk.
  Decision guide(std::string_view kind) {
    if (talk_.guided == kind || (asked_.matter && asked_.matter->spoken && !talk_.guided.empty())) return call("said");
    talk_.guided = kind;
    Decision out = said(Kind::guidance, words_.guidance(kind, rules_) + "\n" + words_.say("told"), false);
    out.calls = true;
    out.needs_lead = true;
    return out;
  }

  std::optional<Decision> end() {
    const bool listens = addressed_ || talk_.begun.has_value();
    const bool human = words_.is("human", plain_), stop = words_.is("stop", plain_);
    if (!listens || (!human && !stop)) return {};
    Decision out = said(human ? Kind::handed_over : Kind::ended,
                        words_.say(human ? "human" : "stopped", {{"电话", phone("duty")}}), false);
    if (human) {
      out.why = "human";
      out.needs_lead = true;
    }
    out.talk.over = Over::resident;
    return out;
  }

  // In a group, and nobody spoke to it: only where it is sure.
  Decision unasked() {
    if (!asked_.seen.question || !words_.never(plain_, rules_).empty()) return silent("not_asked");
    std::vector<Found> found = known(kSure);
    if (found.empty()) return silent("not_asked");
    return tell(std::move(found));
  }

  Decision answer() {
    const auto& matter = asked_.matter;
    const bool to_it = addressed_ || (in_turn_ && (waits_for_answer() || asked_.seen.question));
    const bool first = matter && matter->report && matter->open && !matter->spoken;
    if (!to_it && !first && !(matter && asked_.seen.question)) return silent(matter ? "said" : "not_asked");
    if (const std::string_view topic = words_.never(plain_, rules_); !topic.empty())
      return addressed_ || matter ? hand_over(topic) : silent("not_asked");
    if (auto small = small_talk(to_it)) return *std::move(small);
    if (matter && matter->sensitive && !asked_.direct)
      return matter->spoken && !addressed_ ? silent("said") : note(words_.say("private"));
    if (asked_.seen.question || first || addressed_)
      if (auto found = known(asked_.seen.question ? retrieval::kConfident : kSure); !found.empty())
        return tell(std::move(found));
    if (!matter) return no_matter();
    if (matter->spoken && !to_it) return silent("said");
    if (matter->report && matter->open) return take_down();
    return addressed_ ? no_matter() : silent("said");
  }

  Decision hand_over(std::string_view topic) {
    Decision out = said(Kind::handed_over, words_.say(topic == "medical" ? "never_medical" : "never"), true);
    out.why = topic;
    out.needs_lead = true;
    return out;
  }

  std::optional<Decision> small_talk(bool to_it) {
    if (!to_it) return {};
    if (words_.is("who", plain_))
      return said(Kind::small_talk, words_.say("who", {{"机器", rules_.machine}}), false, true);
    if (words_.is("thanks", plain_)) return said(Kind::small_talk, words_.say("thanks"), false);
    if (words_.is("ack", plain_)) return silent("said");
    if (words_.is("hello", plain_) || bare(plain_).empty()) {
      if (talk_.asked == Missing::matter) return silent("said");
      Decision out = said(Kind::asked, words_.say("here"), true);
      out.talk.asked = Missing::matter;
      return out;
    }
    return {};
  }

  // An appeal: that it is kept, and what is missing, never twice in a row the same.
  Decision take_down() {
    const Matter& matter = *asked_.matter;
    const std::string kept = mood() + words_.say(matter.spoken ? "noted_more" : "noted");
    if (matter.placed || was_asked()) return note(kept);
    Decision out = said(Kind::asked, kept + words_.say("ask_place"), true);
    out.talk.asked = Missing::place;
    return out;
  }

  Decision note(const std::string& text) {
    talk_.asked = was_asked() ? Missing::answered : Missing::nothing;
    return said(Kind::noted, text, true);
  }

  // Said to it, and it stands in no lead: the answer to its own question, a question that it cannot answer, or too little.
  Decision no_matter() {
    if (waits_for_answer() && !asked_.seen.question) {
      Decision out = note(words_.say("noted_more"));
      out.needs_lead = true;
      return out;
    }
    if ((asked_.seen.question && addressed_) || asked_.seen.appeal >= 0.5f) {
      Decision out = said(Kind::unknown, words_.say("unknown"), true);
      out.needs_lead = true;
      return out;
    }
    if (!addressed_) return silent("not_asked");
    if (talk_.asked == Missing::matter) return silent("said");
    Decision out = said(Kind::asked, words_.say("ask_matter"), true);
    out.talk.asked = Missing::matter;
    return out;
  }

  std::vector<Found> known(float least) {
    std::vector<Found> out;
    for (const std::string& question : questions_in(plain_)) {
      if (out.size() == kMostAnswers) break;
      for (Found& found : find_(question)) {
        if (!found.confident || found.confidence < least) break;
        if (std::ranges::find(out, found.id, &Found::id) == out.end()) out.push_back(std::move(found));
        break;
      }
    }
    return out;
  }

  Decision tell(std::vector<Found> found) {
    std::string answers;
    for (const Found& one : found) {
      if (!answers.empty()) answers += "\n";
      const std::string valid =
          one.valid_to ? words_.say("valid_to", {{"日期", format_day(*one.valid_to)}}) : words_.say("valid_open");
      answers += words_.say("answer", {{"答案", one.answer}, {"来源", one.source}, {"有效", valid}});
    }
    const auto& matter = asked_.matter;
    const bool work = matter && matter->report && matter->open && !matter->spoken && !matter->reply_suffices;
    Decision out;
    out.kind = Kind::answered;
    out.before = greeting() + mood();
    if (work) {
      out.after = "\n" + words_.say("also_noted");
      if (!matter->placed && !was_asked()) {
        out.after += words_.say("ask_place");
        talk_.asked = Missing::place;
      }
    } else {
      talk_.asked = was_asked() ? Missing::answered : Missing::nothing;
    }
    out.text = out.before + answers + out.after;
    out.sources = std::move(found);
    return spoken(std::move(out), true);
  }

  bool was_asked() const { return talk_.asked == Missing::place || talk_.asked == Missing::answered; }  // for the place
  bool waits_for_answer() const { return talk_.asked == Missing::place || talk_.asked == Missing::matter; }

  std::string mood() const {
    if (asked_.seen.angry) return words_.say("angry");
    return asked_.seen.worried ? words_.say("worried") : words_.say("plain");
  }

  // A person who copies the words is no machine.
  std::string greeting() {
    if (talk_.greeted || !asked_.speaks) return {};
    return words_.say(asked_.direct || rules_.when == When::always ? "greet_direct" : "greet",
                      {{"机器", rules_.machine}}) +
           "\n";
  }

  std::string phone(std::string_view who) const {
    const auto found = rules_.phones.find(who);
    return found == rules_.phones.end() ? std::string() : found->second;
  }

  // `greets`: with who it is in front, once a talk. `introduces`: the words say it themselves.
  Decision said(Kind kind, const std::string& text, bool greets, bool introduces = false) {
    Decision out;
    out.kind = kind;
    out.text = (greets ? greeting() : std::string()) + text;
    return spoken(std::move(out), greets || introduces);
  }

  Decision spoken(Decision out, bool introduced) {
    if (!talk_.begun) talk_.begun = asked_.at;
    talk_.latest = asked_.at;
    talk_.greeted = talk_.greeted || (introduced && asked_.speaks);
    ++talk_.said;
    if (!within(talk_.window, asked_.at, kWindow)) {
      talk_.window = asked_.at;
      talk_.in_window = 0;
    }
    ++talk_.in_window;
    out.talk = talk_;
    return out;
  }

  const Words& words_;
  const Rules& rules_;
  const Asked& asked_;
  const Find& find_;
  Talk talk_;
  std::string plain_;  // normal form, without the machine's name
  bool named_it_ = false, in_turn_ = false, addressed_ = false;
};

}  // namespace

std::string_view name(Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }
std::optional<Kind> parse_kind(std::string_view text) {
  for (std::size_t i = 0; i < kKinds.size(); ++i)
    if (kKinds[i] == text) return static_cast<Kind>(i);
  return {};
}

Seen see(const Understander& understander, const Message& message) {
  const Understanding u = understander.understand(message);
  const auto has = [&](Sign sign) { return u.signs[static_cast<std::size_t>(sign)] > 0; };
  Seen out;
  out.appeal = u.appeal;
  out.urgent = u.urgency[0];
  if (const int best = u.best_category(); best >= 0)
    out.category = understander.taxonomy().categories()[static_cast<std::size_t>(best)].code;
  out.question = has(Sign::question) || u.normal.bytes.find('?') != std::string::npos || is_either_or(u.normal.points);
  out.distant = has(Sign::news) || has(Sign::joke) || has(Sign::suppose) || has(Sign::ad) || has(Sign::notice);
  out.past = has(Sign::past) && !has(Sign::urgent);
  out.alarming = has(Sign::emergency);
  out.angry = has(Sign::anger);
  out.worried = has(Sign::surprise) || has(Sign::urgent);
  return out;
}

std::vector<std::string> questions_in(std::string_view text) {
  std::vector<std::string> out;
  std::string one;
  const auto end = [&] {
    if (const std::string_view part = trim(one); code_points(part) >= 3) out.emplace_back(part);
    one.clear();
  };
  for (const char32_t point : decode_utf8(text)) {
    if (point == U'?' || point == U'？' || point == U'。' || point == U'!' || point == U'！' || point == U'\n' ||
        point == U';' || point == U'；')
      end();
    else append_utf8(one, point);
  }
  end();
  if (out.size() < 2) return {std::string(trim(text))};
  return out;
}

Decision decide(const Words& words, const Rules& rules, const Talk& before, const Asked& asked, const Find& find) {
  return Deciding(words, rules, before, asked, find).run();
}

}  // namespace linli::companion
