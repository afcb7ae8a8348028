#include "assist/refine_days.h"

#include <algorithm>
#include <map>

#include "understand/taxonomy.h"

namespace linli::assist {
namespace {

std::string words_of(const Message& message) {
  if (!message.text.empty()) return message.text;
  return message.type == MessageType::image   ? "（图片）"
         : message.type == MessageType::voice ? "（语音）"
                                              : "（没有文字）";
}

// Other leads that somebody might take this one for: of its category first, then the nearest before it.
std::vector<std::size_t> others_of(const train::Predicted& leads, std::size_t of) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < leads.size(); ++i)
    if (i != of && leads[i].opened_at < leads[of].opened_at) out.push_back(i);
  std::ranges::stable_sort(out, [&](std::size_t a, std::size_t b) {
    const bool x = leads[a].category == leads[of].category, y = leads[b].category == leads[of].category;
    return x != y ? x : leads[a].opened_at > leads[b].opened_at;
  });
  if (out.size() > kMostMatters) out.resize(kMostMatters);
  return out;
}

// The labelled lead that most of its messages stand in; -1: none does.
int label_of(const LabelledDay& day, const train::PredictedLead& lead) {
  std::map<int, int> count;
  for (const std::size_t at : lead.messages) ++count[day.messages[at].lead];
  const auto most = std::ranges::max_element(count, {}, &std::pair<const int, int>::second);
  return most == count.end() ? -1 : most->first;
}

}  // namespace

RefinedDays refine_days(ModelServer& server, const std::vector<LabelledDay>& days,
                        const std::vector<train::Predicted>& predicted, std::size_t stop_after) {
  RefinedDays out{predicted};
  std::size_t in_a_row = 0;
  for (std::size_t d = 0; d < days.size(); ++d) {
    for (std::size_t i = 0; i < predicted[d].size(); ++i) {
      ++out.leads;
      if (in_a_row >= stop_after) continue;
      const train::PredictedLead& lead = predicted[d][i];
      std::vector<Spoken> messages;
      for (const std::size_t at : lead.messages) {
        const Message& m = days[d].messages[at].message;
        messages.push_back({std::to_string(at), m.sender_name, m.role, words_of(m)});
      }
      std::vector<Matter> others;
      for (const std::size_t other : others_of(predicted[d], i)) {
        const train::PredictedLead& one = predicted[d][other];
        others.push_back({std::to_string(other), one.category, one.place, one.summary});
      }
      const auto group = std::ranges::find(days[d].directory.groups, days[d].messages[lead.opened_at].message.group,
                                           &GroupPlace::group);
      const auto refined = refine(server, messages, {lead.category, lead.urgency, lead.place, lead.summary}, others,
                                  group == days[d].directory.groups.end() ? std::string() : group->name);
      if (!refined) {
        ++out.failed;
        ++in_a_row;
        continue;
      }
      in_a_row = 0;
      ++out.refined;
      out.orders += refined->orders;
      train::PredictedLead& now = out.predicted[d][i];
      now.category = refined->category;
      now.urgency = refined->urgency;
      now.place = refined->place;
      now.summary = refined->summary;
      if (!refined->same_as) continue;
      ++out.same;
      const int mine = label_of(days[d], lead), theirs = label_of(days[d], predicted[d][std::stoul(*refined->same_as)]);
      out.same_right += mine >= 0 && mine == theirs;
    }
  }
  return out;
}

}  // namespace linli::assist
