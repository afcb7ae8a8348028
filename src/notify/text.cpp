#include "notify/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "leads/lead.h"
#include "understand/taxonomy.h"

namespace linli::notify {
namespace {

constexpr std::array<std::string_view, 3> kNamedOnly{"medical_emergency", "missing_person", "crime"};

std::string matter(std::string_view category, Language language) {
  if (named_people_only(category)) return phrase("notify.matter", {}, language);
  const auto found = Taxonomy::embedded().find(category);
  if (!found) return phrase("notify.matter", {}, language);
  return language == Language::zh ? Taxonomy::embedded().categories()[*found].zh
                                  : phrase("category." + std::string(category), {}, language);
}

}  // namespace

bool named_people_only(std::string_view category) {
  return starts_private(category) || std::ranges::find(kNamedOnly, category) != kNamedOnly.end();
}

std::string line(const Delivery& delivery, const About& about, int count, const TimeZone& zone, Language language) {
  if (delivery.kind == Kind::webhook_off || delivery.kind == Kind::test)
    return phrase("notify." + std::string(name(delivery.kind)), {}, language);
  if (!about.lead && !about.one)
    return phrase("notify.digest",
                  {{"count", std::to_string(count)},
                   {"what", phrase("notify.what." + std::string(name(delivery.kind)), {}, language)}},
                  language);
  const auto time = zone.time_of_day(about.asked_at);
  Args args{{"matter", matter(about.category, language)},
            {"time", fmt::format("{:02}:{:02}", time.count() / 60, time.count() % 60)}};
  if (!about.grid_name.empty()) args.emplace_back("grid", about.grid_name);
  if (delivery.kind == Kind::emergency && delivery.round > 0)
    args.emplace_back("round", std::to_string(delivery.round + 1));
  return phrase("notify." + std::string(name(delivery.kind)), args, language);
}

std::string page_of(Kind kind, const About& about) {
  if (kind == Kind::webhook_off) return "/webhooks";
  if (about.lead) return "/leads/" + to_text(about.lead);
  return about.one ? "/cases/" + to_text(about.one) : "/";
}

std::string link(const std::string& console, const About& about) {
  if (console.empty()) return {};
  return console.substr(0, console.size() - (console.ends_with('/') ? 1 : 0)) + page_of(Kind::amber, about);
}

std::string cut(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  text.resize(bytes);
  return text;
}

}  // namespace linli::notify
