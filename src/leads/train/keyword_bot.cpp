#include "leads/train/keyword_bot.h"

#include <map>

#include "understand/lexicon.h"
#include "understand/place_parser.h"
#include "understand/taxonomy.h"

namespace linli::train {

Predicted keyword_bot(const LabelledDay& day, const Understander& understander) {
  const PlaceParser places(day.directory);
  Predicted out;
  std::map<std::string, std::pair<std::size_t, Instant>> open;  // by group: lead, its last message
  for (std::size_t i = 0; i < day.messages.size(); ++i) {
    const Message& m = day.messages[i].message;
    const Understanding u = understander.understand(m);
    std::size_t best = kMaxCategories;
    for (std::size_t c = 0; c < kMaxCategories; ++c) {
      if (u.strong[c] && (best == kMaxCategories || u.strong[c] > u.strong[best])) best = c;
    }
    if (best == kMaxCategories) continue;
    auto it = open.find(m.group);
    if (it == open.end() || m.sent_at - it->second.second > std::chrono::minutes(45)) {
      const Category& category = understander.taxonomy().categories()[best];
      PredictedLead lead;
      lead.opened_at = i;
      lead.category = category.code;
      lead.urgency = category.default_urgency;
      lead.reply = category.simple;
      lead.place =
          places.write(places.home(m.group).compound, places.parse(u.normal, u.hits, understander.lexicon()), 3);
      out.push_back(lead);
      it = open.insert_or_assign(m.group, std::pair{out.size() - 1, m.sent_at}).first;
    }
    out[it->second.first].messages.push_back(i);
    it->second.second = m.sent_at;
  }
  return out;
}

}  // namespace linli::train
