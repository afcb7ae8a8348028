// What leaves the building by e-mail, robot and webhook: what it is about, where and since when; never who, never the words of
// residents, no address. Pure.
#pragma once
#include <string>

#include "base/local_time.h"
#include "base/words.h"
#include "cases/case.h"
#include "notify/deliveries.h"

namespace linli::notify {

struct About {  // of a lead
  LeadId lead;  // 0: of a case, or a digest
  std::string category, grid_name;
  int urgency = 3;
  Instant asked_at{};
  CaseId one{};  // filed by hand; neither: a digest
};

// Categories that only named people hear of: private ones (desk/draft.h), and those under which self-harm, violence at home,
// a child or an old person alone come in. Their matter is not named outside.
bool named_people_only(std::string_view category);

// One line: "【紧急，未核实】火情冒烟，荷塘社区，22:10 说起。先打 119、110、120。"
std::string line(const Delivery& delivery, const About& about, int count, const TimeZone& zone, Language language);
// The page of the console where it stands; empty without `console` ("https://…").
std::string link(const std::string& console, const About& about);

// The same within the console: "/leads/lead_…", "/cases/case_…", or "/webhooks".
std::string page_of(Kind kind, const About& about);

// Cuts at a character's border; at most `bytes`.
std::string cut(std::string text, std::size_t bytes);

}  // namespace linli::notify
