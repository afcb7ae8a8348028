#include "app/simulated_talk.h"

#include <algorithm>
#include <map>

namespace linli::app {
namespace {

using namespace std::chrono_literals;

constexpr int kPerPlace = 500;  // residents
constexpr auto kZone = 8h;      // training days are told by the clock of Shanghai

// The share of leads that are kept, so that `appeals` of the messages belong to some.
double kept_share(const std::vector<LabelledDay>& days, double appeals) {
  double talk = 0, of_leads = 0;
  for (const LabelledDay& day : days)
    for (const LabelledMessage& m : day.messages) (m.lead < 0 ? talk : of_leads) += 1;
  if (of_leads == 0 || appeals >= 1) return 1;
  return std::min(1.0, appeals / (1 - appeals) * talk / of_leads);
}

}  // namespace

Result<SimulatedTalk> simulate_talk(const std::vector<LabelledDay>& days, const SimulationInput& input, Instant day) {
  const auto understander = Understander::embedded();
  if (!understander) return tl::unexpected(understander.error());
  std::mt19937_64 random(input.seed);
  const double share = kept_share(days, input.appeals);
  SimulatedTalk out;
  out.places = std::max(1, input.residents / kPerPlace);
  for (int place = 0; place < out.places; ++place) {
    const LabelledDay& model = days[static_cast<std::size_t>(uniform(random) * static_cast<double>(days.size()))];
    std::vector<int> truth_of(model.leads.size(), -1);
    for (std::size_t i = 0; i < model.leads.size(); ++i) {
      if (uniform(random) >= share) continue;
      truth_of[i] = static_cast<int>(out.truths.size());
      out.truths.push_back({place, model.leads[i].urgency, model.leads[i].reply, {}, -1});
    }
    const auto shift = std::chrono::seconds(static_cast<int>((uniform(random) - 0.5) * 7'200));
    const Instant midnight =
        std::chrono::floor<std::chrono::days>(model.messages.front().message.sent_at + kZone) - kZone;
    std::map<std::string, int> groups;
    std::map<LeadKey, std::pair<int, std::map<int, int>>> found;  // its index, and how many messages of which true lead
    Leads leads(*understander, model.directory);
    // Its own time of day, an hour more or less; what is said beyond midnight is another day's.
    std::vector<std::pair<Message, int>> talk;
    for (const LabelledMessage& labelled : model.messages) {
      const int truth = labelled.lead < 0 ? -1 : truth_of[static_cast<std::size_t>(labelled.lead)];
      if (labelled.lead >= 0 && truth < 0) continue;
      if (on_duty(labelled.message.role) || labelled.message.type == MessageType::recall) continue;
      const auto of_day = labelled.message.sent_at - midnight + shift;
      if (of_day < 0s || of_day >= 24h) continue;
      talk.emplace_back(labelled.message, truth);
      talk.back().first.sent_at = day + of_day;
    }
    std::ranges::stable_sort(talk, {}, [](const auto& one) { return one.first.sent_at; });
    MessageNumber number = 0;
    for (const auto& [m, truth] : talk) {
      const int group = groups.try_emplace(m.group, out.groups + static_cast<int>(groups.size())).first->second;
      ++out.messages;
      if (truth >= 0) {
        ++out.in_appeals;
        TrueLead& one = out.truths[static_cast<std::size_t>(truth)];
        if (one.asked_at == Instant{}) one.asked_at = m.sent_at;
      }
      const Placement placed = leads.place(++number, m);
      if (!placed.lead) continue;
      auto at = found.find(*placed.lead);
      if (at == found.end()) {
        const LeadView* view = placed.opened ? leads.view(*placed.lead) : nullptr;
        if (!view) continue;
        at = found.emplace(*placed.lead, std::pair(static_cast<int>(out.leads.size()), std::map<int, int>())).first;
        out.leads.push_back({place, group, m.sent_at, std::min(view->asked_at, m.sent_at), view->category,
                             view->summary, view->place, view->urgency, -1});
      }
      if (truth >= 0) ++at->second.second[truth];
    }
    out.groups += static_cast<int>(groups.size());
    // A found lead is the true one that most of its messages belong to; a true lead is found by the first of those.
    for (const auto& [key, what] : found) {
      const auto& [index, votes] = what;
      int best = -1, most = 0;
      for (const auto& [truth, count] : votes)
        if (count > most) best = truth, most = count;
      out.leads[static_cast<std::size_t>(index)].truth = best;
      if (best < 0) continue;
      int& by = out.truths[static_cast<std::size_t>(best)].found;
      if (by < 0 || out.leads[static_cast<std::size_t>(index)].at < out.leads[static_cast<std::size_t>(by)].at)
        by = index;
    }
  }
  std::vector<int> order(out.leads.size()), where(out.leads.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  std::ranges::stable_sort(order, {}, [&](int i) { return out.leads[static_cast<std::size_t>(i)].at; });
  std::vector<FoundLead> sorted;
  for (const int i : order) {
    where[static_cast<std::size_t>(i)] = static_cast<int>(sorted.size());
    sorted.push_back(std::move(out.leads[static_cast<std::size_t>(i)]));
  }
  out.leads = std::move(sorted);
  for (TrueLead& one : out.truths)
    if (one.found >= 0) one.found = where[static_cast<std::size_t>(one.found)];
  return out;
}

}  // namespace linli::app
