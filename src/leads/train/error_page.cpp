#include "leads/train/error_page.h"

#include <algorithm>
#include <boost/json.hpp>
#include <ctime>
#include <stdexcept>

#include "base/embedded.h"
#include "understand/taxonomy.h"

namespace linli::train {
namespace {

namespace json = boost::json;

// Days are labelled in Chengdu's time.
std::string local_time(Instant at) {
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count() + 8 * 3600;
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  char text[32];
  std::strftime(text, sizeof text, "%m-%d %H:%M", &tm);
  return text;
}

// The labelled lead that most of a found lead's messages have; -1: none has any.
int main_label(const PredictedLead& p, const LabelledDay& day) {
  std::vector<int> votes(day.leads.size(), 0);
  for (const auto m : p.messages) {
    if (day.messages[m].lead >= 0) ++votes[static_cast<std::size_t>(day.messages[m].lead)];
  }
  const auto most = std::max_element(votes.begin(), votes.end());
  return most == votes.end() || *most == 0 ? -1 : static_cast<int>(most - votes.begin());
}

json::object day_json(const LabelledDay& day, const Predicted& predicted) {
  const LeadMatching matching = match_leads(day, predicted);
  std::vector<int> found(day.messages.size(), -1);
  for (std::size_t p = 0; p < predicted.size(); ++p) {
    for (const auto m : predicted[p].messages) found[m] = static_cast<int>(p);
  }
  std::vector<std::vector<std::size_t>> of_lead(day.leads.size());
  json::array messages, groups, gold, leads;
  for (std::size_t i = 0; i < day.messages.size(); ++i) {
    const auto& [m, lead, act] = day.messages[i];
    if (lead >= 0) of_lead[static_cast<std::size_t>(lead)].push_back(i);
    messages.push_back({{"index", i},
                        {"group", m.group},
                        {"time", local_time(m.sent_at)},
                        {"name", m.sender_name.empty() ? m.sender : m.sender_name},
                        {"role", name(m.role)},
                        {"type", name(m.type)},
                        {"text", m.text},
                        {"reply", !m.reply_to.empty()},
                        {"act", lead >= 0 ? name(act) : std::string_view()},
                        {"gold", lead},
                        {"found", found[i]}});
  }
  for (const auto& g : day.directory.groups) groups.push_back({{"group", g.group}, {"name", g.name}});
  std::vector<int> match_of(predicted.size(), -1);
  for (std::size_t g = 0; g < day.leads.size(); ++g) {
    const LabelledLead& l = day.leads[g];
    if (matching.match[g] >= 0) match_of[static_cast<std::size_t>(matching.match[g])] = static_cast<int>(g);
    gold.push_back({{"id", l.id},
                    {"category", l.category},
                    {"urgency", l.urgency},
                    {"place", l.place},
                    {"reply", l.reply},
                    {"area", l.area_wide},
                    {"summary", l.summary},
                    {"messages", of_lead[g].size()},
                    {"match", matching.match[g]},
                    {"best", matching.best[g]},
                    {"in_time", opened_in_time(day, predicted, g)}});
  }
  for (std::size_t p = 0; p < predicted.size(); ++p) {
    const PredictedLead& l = predicted[p];
    const std::string truth = match_of[p] < 0 ? l.place : day.leads[static_cast<std::size_t>(match_of[p])].place;
    leads.push_back({{"opened", l.opened_at},
                     {"category", l.category},
                     {"urgency", l.urgency},
                     {"place", l.place},
                     {"reply", l.reply},
                     {"area", l.area_wide},
                     {"summary", l.summary},
                     {"messages", l.messages.size()},
                     {"best", main_label(l, day)},
                     {"place_wrong", canonical_place(l.place) != canonical_place(truth)}});
  }
  return {{"name", day.name}, {"groups", groups}, {"messages", messages}, {"gold", gold}, {"found", leads}};
}

}  // namespace

std::string error_page(const std::vector<LabelledDay>& days, const std::vector<Predicted>& predicted,
                       const std::string& model) {
  json::object data{{"model", model}};
  json::array all, figures;
  for (std::size_t d = 0; d < days.size(); ++d) all.push_back(day_json(days[d], predicted[d]));
  for (const auto& [name, value] : Figures::values(score(days, predicted).total))
    figures.push_back(json::array{json::value(name), json::value(value)});
  json::object categories;
  for (const auto& c : Taxonomy::embedded().categories()) categories[c.code] = c.zh;
  data["days"] = std::move(all);
  data["figures"] = std::move(figures);
  data["categories"] = std::move(categories);
  // Inside a script element only "<" can end it.
  std::string text;
  for (const char c : json::serialize(data)) {
    if (c == '<') text += "\\u003c";
    else text += c;
  }
  for (const auto& file : embedded::pages()) {
    if (file.path != "errors.html") continue;
    std::string page(file.bytes);
    constexpr std::string_view kMark = "@DATA@";
    return page.replace(page.find(kMark), kMark.size(), text);
  }
  throw std::runtime_error("errors.html is not embedded");
}

}  // namespace linli::train
