#include "desk/draft.h"

#include <algorithm>

#include "understand/taxonomy.h"

namespace linli::desk {
namespace {

struct Call {
  std::string_view category, words;
};
// linli calls nobody: the first line says who to call.
constexpr Call kCalls[] = {
    {"fire", "请马上拨打119，先离开现场，不要坐电梯。"},
    {"gas", "请马上开窗、关阀门，不要开关电器，到室外拨打119和燃气公司抢修电话。"},
    {"medical_emergency", "请马上拨打120，旁边的邻居先守着，不要随意搬动。"},
    {"crime", "请马上拨打110，先保证自己安全。"},
    {"missing_person", "请马上拨打110，同时把走失人的衣着、最后看到的地点发在群里。"},
    {"falling_object", "请先绕开楼下，有人受伤请马上拨打120，抓到人或找到来源请拨打110。"},
    {"elevator", "请按轿厢里的紧急呼叫按钮，有人被困请拨打119或电梯里的救援电话，不要自己扒门。"},
    {"power_outage", "请远离断落的电线和积水，有人触电或起火请马上拨打120、119，停电抢修拨打95598。"},
};
constexpr std::string_view kAnyCall = "情况紧急请马上拨打110、119或120。";

const Category* category_of(const Lead& lead) {
  const auto found = Taxonomy::embedded().find(lead.category);
  return found ? &Taxonomy::embedded().categories()[*found] : nullptr;
}

void replace(std::string& text, std::string_view what, const std::string& with) {
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

}  // namespace

std::string_view name(Draft::Kind kind) {
  switch (kind) {
    case Draft::Kind::emergency: return "emergency";
    case Draft::Kind::knowledge: return "knowledge";
    case Draft::Kind::seen: break;
  }
  return "seen";
}

std::string fill(std::string_view text, const Lead& lead) {
  std::string out(text);
  const Category* category = category_of(lead);
  replace(out, "{地点}", lead.place);
  if (!category) replace(out, "{事情}的情况", "您反映的情况");
  replace(out, "{事情}", category ? category->zh : "您反映的事");
  return out;
}

Draft draft(const Lead& lead, std::span<const LeadLink> links, std::span<const Known> known) {
  Draft out;
  out.starts_private = starts_private(lead.category);
  out.groups = lead.area_wide && !lead.groups.empty() ? lead.groups : std::vector{lead.group};
  for (const LeadLink& link : links)
    if (link.act == Act::report && (!out.quotes || link.message < out.quotes)) out.quotes = link.message;
  const bool voice = category_of(lead) && category_of(lead)->domain == "voice";
  if (lead.urgency == 1) {
    const auto call = std::ranges::find(kCalls, lead.category, &Call::category);
    out.kind = Draft::Kind::emergency;
    out.text = std::string(call == std::end(kCalls) ? kAnyCall : call->words) + "我们已经看到，正在联系人赶过去。";
    out.ends = false;
    out.starts_private = false;
    return out;
  }
  if (!known.empty() && known.front().confident) {
    const Known& best = known.front();
    out.kind = Draft::Kind::knowledge;
    out.text = "您好，" + best.answer;
    if (!best.source.empty()) out.text += "\n（来源：" + best.source + "）";
    out.ends = lead.reply_suffices;
    return out;
  }
  out.text = fill(voice ? "您好，谢谢！已经记下，会转告负责的同事。"
                        : "您好，{地点}{事情}的情况看到了，正在联系处理，有进展马上告诉大家。",
                  lead);
  out.ends = false;
  return out;
}

}  // namespace linli::desk
