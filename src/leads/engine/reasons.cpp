#include "leads/engine/reasons.h"

#include <algorithm>

#include "understand/lexicon.h"
#include "understand/taxonomy.h"

namespace linli::engine {
namespace {

constexpr std::size_t kMost = 4;

Reason word_reason(std::string code, const Digest& d, const NormalForm& text, const WordHit& hit, float weight) {
  Reason r;
  r.code = std::move(code);
  r.message = d.number;
  r.begin = text.original_begin(hit.begin);
  r.end = text.original_end(hit.end);
  r.word = encode_utf8(std::u32string_view(text.points).substr(hit.begin, hit.end - hit.begin));
  r.weight = weight;
  return r;
}

// Words of the lists in `d` that satisfy `wanted`, the longest first.
template <class Wanted>
std::vector<Reason> words(const Digest& d, const NormalForm& text, std::vector<WordHit> hits, const Lexicon& lexicon,
                          const std::string& code, float weight, Wanted wanted) {
  std::erase_if(hits, [&](const WordHit& h) { return !wanted(lexicon.words()[h.word]); });
  std::stable_sort(hits.begin(), hits.end(),
                   [](const WordHit& a, const WordHit& b) { return a.end - a.begin > b.end - b.begin; });
  std::vector<Reason> out;
  std::vector<WordHit> taken;
  for (const WordHit& hit : hits) {
    if (std::any_of(taken.begin(), taken.end(),
                    [&](const WordHit& t) { return hit.begin < t.end && t.begin < hit.end; }))
      continue;
    taken.push_back(hit);
    out.push_back(word_reason(code, d, text, hit, weight * static_cast<float>(lexicon.words()[hit.word].points) / 4));
  }
  return out;
}

bool holds(const std::vector<std::uint8_t>& list, std::size_t value) {
  return std::find(list.begin(), list.end(), static_cast<std::uint8_t>(value)) != list.end();
}

void keep_strongest(std::vector<Reason>& reasons) {
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const Reason& a, const Reason& b) { return a.weight > b.weight; });
  if (reasons.size() > kMost) reasons.resize(kMost);
}

Reason about(std::string code, MessageNumber message, float weight) {
  Reason r;
  r.code = std::move(code);
  r.message = message;
  r.weight = weight;
  return r;
}

}  // namespace

std::vector<Reason> explain_placement(const Situation& s, const Decision& decision, const Understander& understander) {
  std::vector<Reason> out;
  if (decision.choice == Decision::Choice::chatter) return out;
  const Digest& m = *s.message;
  const Lexicon& lexicon = understander.lexicon();
  const std::size_t category = m.best_category;
  const auto appeal_words = [&](std::size_t cat, float weight) {
    for (Reason& r : words(m, s.seen->normal, s.seen->hits, lexicon, "reason.word", weight,
                           [&](const WordEntry& w) { return holds(w.strong, cat); })) {
      r.message = 0;
      out.push_back(std::move(r));
    }
  };
  if (decision.choice == Decision::Choice::open) {
    appeal_words(category, 0.9f);
    for (const Sign sign : {Sign::emergency, Sign::breakage, Sign::ask_staff, Sign::question}) {
      for (Reason& r : words(m, s.seen->normal, s.seen->hits, lexicon, "reason.word", 0.4f,
                             [&](const WordEntry& w) { return holds(w.signs, static_cast<std::size_t>(sign)); })) {
        r.message = 0;
        out.push_back(std::move(r));
      }
    }
    if (m.place.address()) out.push_back(about("reason.place", 0, 0.3f));
    if (out.empty()) out.push_back(about("reason.reads_like_appeal", 0, m.opens));
    keep_strongest(out);
    return out;
  }
  const Candidate& c = s.candidates[decision.candidate];
  const std::span<Digest* const> messages =
      c.lead ? std::span<Digest* const>(c.lead->messages) : std::span<Digest* const>(&c.seed, 1);
  const auto in = [&](const Said* d) { return d && (c.lead ? d->lead == c.lead : d->digest == c.seed); };
  if (in(s.quoted)) out.push_back(about("reason.reply_to", s.quoted->number, 1.0f));
  for (const auto& d : messages) {
    if (std::find(m.mentions.begin(), m.mentions.end(), d->sender) == m.mentions.end()) continue;
    out.push_back(about("reason.mentions", d->number, 0.8f));
    break;
  }
  if (in(s.previous_mine)) out.push_back(about("reason.same_sender", s.previous_mine->number, 0.7f));
  appeal_words(c.lead ? static_cast<std::size_t>(c.lead->category) : category, 0.6f);
  for (const auto& d : messages) {
    if (m.place.building < 0 || (d->place.building >= 0 ? d->place.building : d->home.building) != m.place.building)
      continue;
    out.push_back(about("reason.same_building", d->number, 0.5f));
    break;
  }
  for (const Sign sign : {Sign::confirm, Sign::resolved, Sign::thanks, Sign::urge, Sign::answer}) {
    for (Reason& r : words(m, s.seen->normal, s.seen->hits, lexicon, "reason.word", 0.35f,
                           [&](const WordEntry& w) { return holds(w.signs, static_cast<std::size_t>(sign)); })) {
      r.message = 0;
      out.push_back(std::move(r));
    }
  }
  if (m.helper() && !messages.back()->helper())
    out.push_back(about("reason.staff_answers", messages.back()->number, 0.4f));
  if (in(s.previous)) out.push_back(about("reason.next_in_talk", s.previous->number, 0.3f));
  if (c.cross) out.push_back(about("reason.same_matter_elsewhere", messages.front()->number, 0.6f));
  if (out.empty()) out.push_back(about("reason.same_talk", messages.back()->number, 0.2f));
  keep_strongest(out);
  return out;
}

void explain_view(const Lead& lead, std::size_t category, const PlaceChoice& place, PlaceLevel level,
                  const Understander& understander, LeadView& view) {
  const std::size_t cat = category;
  std::size_t looked = 0;
  for (const auto& d : lead.messages) {
    if (++looked > 8) break;
    const float weight = 1.0f / static_cast<float>(looked);
    const NormalForm text = normalize(d->text);
    std::vector<WordHit> hits;
    understander.lexicon().scan(text, hits);
    for (auto& r : words(*d, text, hits, understander.lexicon(), "reason.word", weight,
                         [&](const WordEntry& w) { return holds(w.strong, cat); })) {
      view.category_reasons.push_back(std::move(r));
    }
    if (view.urgency <= 2) {
      for (auto& r : words(*d, text, hits, understander.lexicon(), "reason.word", weight, [&](const WordEntry& w) {
             return holds(w.signs, static_cast<std::size_t>(Sign::emergency)) ||
                    holds(w.signs, static_cast<std::size_t>(Sign::urgent));
           })) {
        view.urgency_reasons.push_back(std::move(r));
      }
    }
  }
  keep_strongest(view.category_reasons);
  keep_strongest(view.urgency_reasons);
  if (view.category_reasons.empty())
    view.category_reasons.push_back(about("reason.reads_like_category", lead.messages.front()->number, 0.3f));
  if (view.urgency_reasons.empty()) view.urgency_reasons.push_back(about("reason.usual_for_category", 0, 0.3f));
  if (level == PlaceLevel::none || view.place.empty()) return;
  for (const auto& d : lead.messages) {
    const bool tells = level == PlaceLevel::spot ? d->place.spot >= 0 || d->place.known >= 0 : d->place.address();
    if (!tells || d->place.end <= d->place.begin) continue;
    // Another flat, such as that of a neighbour who says that it is not his.
    if (level == PlaceLevel::room && d->place.room >= 0 && !view.place.ends_with(std::to_string(d->place.room)))
      continue;
    const NormalForm text = normalize(d->text);
    view.place_reasons.push_back(word_reason("reason.place_words", *d, text, {0, d->place.begin, d->place.end}, 0.8f));
    if (view.place_reasons.size() == 2) break;
  }
  if (view.place_reasons.empty() && place.source) {
    Reason r = about(place.source->home.address() && level >= PlaceLevel::building ? "reason.place_of_name"
                                                                                   : "reason.place_of_group",
                     place.source->number, 0.5f);
    r.word = r.code == "reason.place_of_name" ? place.source->sender_name : std::string();
    view.place_reasons.push_back(std::move(r));
  }
}

}  // namespace linli::engine
