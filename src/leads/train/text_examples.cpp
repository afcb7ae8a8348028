#include "leads/train/text_examples.h"

#include <algorithm>
#include <set>

#include "understand/taxonomy.h"

namespace linli::train {
namespace {

constexpr float kSay = 3;

float category_weight(Act act) {
  switch (act) {
    case Act::report: return 1;
    case Act::detail: return 0.6f;
    case Act::confirm:
    case Act::urge: return 0.4f;
    case Act::answer: return 0.3f;
    default: return 0.05f;
  }
}

TextFeatures features_of(const Message& m, const Understander& u) {
  TextFeatures f;
  text_features(m, u.understand(m), u.lexicon(), f);
  return f;
}

}  // namespace

std::vector<TextExample> text_examples(const LabelledDay& day, const Understander& u) {
  const Taxonomy& taxonomy = u.taxonomy();
  std::vector<TextExample> out;
  std::set<int> begun;
  // A long talk must not outweigh a short one: each lead has the same say in its category.
  std::vector<float> say(day.leads.size(), 0);
  for (const LabelledMessage& m : day.messages) {
    if (m.lead >= 0) say[static_cast<std::size_t>(m.lead)] += category_weight(m.act);
  }
  const auto features = [&](const Message& m) { return features_of(m, u); };
  for (const LabelledMessage& m : day.messages) {
    TextExample e;
    e.features = features(m.message);
    e.act = static_cast<int>(m.act);
    e.appeal = m.lead >= 0;
    e.opens = m.lead >= 0 && (m.act == Act::report || !begun.contains(m.lead));
    if (m.lead >= 0) {
      begun.insert(m.lead);
      const LabelledLead& lead = day.leads[static_cast<std::size_t>(m.lead)];
      if (const auto c = taxonomy.find(lead.category)) e.category = static_cast<int>(*c);
      e.category_weight = category_weight(m.act) * std::min(1.0f, kSay / say[static_cast<std::size_t>(m.lead)]);
      if (m.act == Act::report || m.act == Act::detail) {
        e.urgency = lead.urgency - 1;
        e.reply = lead.reply;
      }
    }
    out.push_back(std::move(e));
  }
  // The dispatcher's one line of each lead: other words for the same matter.
  for (const LabelledLead& lead : day.leads) {
    Message m;
    m.text = lead.summary;
    TextExample e;
    e.features = features(m);
    if (const auto c = taxonomy.find(lead.category)) e.category = static_cast<int>(*c);
    out.push_back(std::move(e));
  }
  return out;
}

std::vector<TextExample> text_examples(const std::vector<PlainText>& texts, const Understander& u,
                                       const PlainWeights& weights) {
  const Taxonomy& taxonomy = u.taxonomy();
  std::vector<TextExample> out;
  for (const PlainText& t : texts) {
    Message m;
    m.text = t.text;
    TextExample e;
    e.features = features_of(m, u);
    const auto category = taxonomy.find(t.category);
    e.act = static_cast<int>(category ? Act::report : Act::none);
    // Outside any talk it cannot be told whether a sentence would be the first of its matter.
    e.appeal = category.has_value();
    e.opens = category ? -1 : 0;
    e.weight = weights.appeal;
    e.category_weight = weights.category;
    e.urgency_weight = weights.urgency;
    if (category) {
      e.category = static_cast<int>(*category);
      e.urgency = t.urgency - 1;
      e.reply = taxonomy.categories()[*category].simple;
    }
    out.push_back(std::move(e));
  }
  return out;
}

}  // namespace linli::train
