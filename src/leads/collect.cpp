#include "leads/collect.h"

#include <map>
#include <set>
#include <unordered_map>

namespace linli {

std::vector<LeadView> collect_leads(const Understander& understander, const PlaceDirectory& directory,
                                    const std::vector<Message>& messages,
                                    const std::function<void(std::size_t, const Placement&)>& on_placement) {
  Leads leads(understander, directory);
  std::map<LeadKey, LeadView> seen;
  std::set<LeadKey> changed;
  std::unordered_map<std::string, MessageNumber> numbers;
  Instant looked{};
  const auto look = [&] {
    for (const LeadKey key : changed) {
      if (const LeadView* view = leads.view(key)) seen[key] = *view;
      else seen.erase(key);
    }
    changed.clear();
  };
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const Message& m = messages[i];
    if (m.sent_at - looked > std::chrono::minutes(20)) {
      look();
      leads.forget();
      looked = m.sent_at;
    }
    const auto number = static_cast<MessageNumber>(i + 1);
    numbers[m.id] = number;
    if (m.type == MessageType::recall) {
      const auto it = numbers.find(m.recalls);
      if (it == numbers.end()) continue;
      look();
      for (const LeadKey key : leads.recall(it->second, m.group)) changed.insert(key);
      continue;
    }
    const Placement placement = leads.place(number, m);
    changed.insert(placement.changed.begin(), placement.changed.end());
    if (on_placement) on_placement(i, placement);
  }
  look();
  std::vector<LeadView> out;
  for (auto& [key, view] : seen) out.push_back(std::move(view));
  return out;
}

}  // namespace linli
