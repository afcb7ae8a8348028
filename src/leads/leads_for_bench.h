// What the benches of `leads` play: the training days' talk, copied until there are enough groups, in communities of 20
// groups with a Leads of its own each, as in production. Checks first that the answers are right.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "leads/collect.h"
#include "understand/train/labelled_day.h"

namespace linli::bench {

struct Input {
  Understander understander = *Understander::embedded();
  std::vector<LabelledDay> days = *read_days(std::string(LINLI_SOURCE_DIR) + "/data/training");

  Input() {
    // The answer first: most labelled messages must stand in leads, most others must not.
    std::size_t right = 0, all = 0;
    for (std::size_t d = 0; d < days.size(); d += 5) {
      std::vector<Message> messages;
      for (const auto& m : days[d].messages) messages.push_back(m.message);
      collect_leads(understander, days[d].directory, messages, [&](std::size_t i, const Placement& p) {
        right += p.lead.has_value() == (days[d].messages[i].lead >= 0);
        ++all;
      });
    }
    if (static_cast<double>(right) < 0.85 * static_cast<double>(all)) {
      std::fprintf(stderr, "only %zu of %zu messages stand right: data/model is broken\n", right, all);
      std::exit(1);
    }
  }
};

inline const Input& input() {
  static const Input i;
  return i;
}

// What the engines have taken since is the difference of two.
inline double resident_mb() {
  std::ifstream in("/proc/self/statm");
  double pages = 0;
  in >> pages >> pages;
  return pages * 4096 / (1 << 20);
}

// A district's talk, day after day. Each household of groups (those of one training day) speaks another training day's talk
// every day, so that a matter comes back by chance only; the talks come interleaved, message by message.
class Stream {
 public:
  struct Said {
    Leads* leads;
    Message message;
  };

  // At most `longest` messages of a talk.
  Stream(const Input& in, std::size_t groups, std::size_t longest) : in_(in), longest_(longest) {
    for (std::size_t made = 0; made < groups;) {
      PlaceDirectory directory;
      const std::size_t first = talks_.size();
      for (std::size_t here = 0; here < kCommunity && made + here < groups;) {
        const LabelledDay& day = in.days[talks_.size() % in.days.size()];
        Talk& talk = talks_.emplace_back();
        for (auto g : day.directory.groups) {
          g.group += "#" + std::to_string(talks_.size());
          talk.groups.push_back(g.group);
          directory.groups.push_back(std::move(g));
        }
        directory.places.insert(directory.places.end(), day.directory.places.begin(), day.directory.places.end());
        here += day.directory.groups.size();
      }
      made += directory.groups.size();
      communities.push_back(std::make_unique<Leads>(in.understander, directory));
      for (std::size_t t = first; t < talks_.size(); ++t) talks_[t].leads = communities.back().get();
    }
    next_day();
  }

  std::vector<std::unique_ptr<Leads>> communities;
  std::vector<Said> messages;  // of a day

  void next_day() {
    messages.clear();
    for (std::size_t i = 0; i < longest_; ++i) {
      for (std::size_t t = 0; t < talks_.size(); ++t) {
        const LabelledDay& day = in_.days[(t + day_ * 11) % in_.days.size()];
        if (i < day.messages.size()) messages.push_back(said(talks_[t], day, i));
      }
    }
    ++day_;
  }
  void forget() {
    for (auto& l : communities) l->forget();
  }
  std::size_t open_leads() const {
    std::size_t n = 0;
    for (const auto& l : communities) n += l->all().size();
    return n;
  }

 private:
  static constexpr std::size_t kCommunity = 20;
  static constexpr std::chrono::hours kDay{24};
  struct Talk {
    Leads* leads = nullptr;
    std::vector<std::string> groups;
  };

  Said said(const Talk& talk, const LabelledDay& day, std::size_t i) const {
    Said out{talk.leads, day.messages[i].message};
    Message& m = out.message;
    std::size_t group = 0;
    while (group < day.directory.groups.size() && day.directory.groups[group].group != m.group) ++group;
    m.group = talk.groups[group % talk.groups.size()];
    const std::string suffix = "@" + std::to_string(day_);
    m.id += suffix;
    if (!m.reply_to.empty()) m.reply_to += suffix;
    const Instant first = day.messages.front().message.sent_at;
    m.sent_at = Instant{} + 20'000 * kDay + day_ * kDay + (m.sent_at - first) + first.time_since_epoch() % kDay;
    return out;
  }

  const Input& in_;
  const std::size_t longest_;
  std::vector<Talk> talks_;
  std::size_t day_ = 0;
};

}  // namespace linli::bench
