// Whatever people, or somebody who means harm, write into a group: normal form, understanding and leads hold what their
// headers promise. Bytes are cut at 0x00 into messages; the first byte of each chooses group, sender, role, type, the
// minutes since the last one, and whether a zero-width character goes between all characters (which must change nothing).
// Bytes from 0x0B to 0x1F stand for pieces of addresses, so that a few bytes reach what would take many to spell.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include "leads/leads.h"
#include "understand/place_parser.h"

namespace {

using namespace linli;

void demand(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void check_normal(const NormalForm& n) {
  demand(n.origin.size() == n.points.size() && n.offset.size() == n.points.size() + 1, "a way back for each point");
  demand(n.offset.back() == n.bytes.size(), "the offsets end with the bytes");
  for (std::size_t i = 0; i < n.points.size(); ++i) {
    demand(n.offset[i] < n.offset[i + 1], "offsets rise");
    demand(n.origin[i] < n.original_points, "a point comes from the original");
    demand(i == 0 || n.origin[i - 1] <= n.origin[i], "points keep their order");
  }
}

void check_understanding(const Understanding& u) {
  const auto share = [](float p) { demand(std::isfinite(p) && p >= 0 && p <= 1.0001f, "a probability"); };
  for (const float p : u.act) share(p);
  for (const float p : u.category) share(p);
  for (const float p : u.urgency) share(p);
  share(u.appeal), share(u.opens), share(u.reply);
  for (const auto& hit : u.hits)
    demand(hit.begin < hit.end && hit.end <= u.normal.points.size(), "a word stands in the text");
}

constexpr const char* kPieces[] = {"v",  "13812345678", "1234567", "东", "北",   "3",      "-",
                                   "#",  "栋",          "号楼",    "座", "单元", "1502",   "室",
                                   "楼", "负",          "十二",    "T1", "甲栋", "元每天", "号"};
constexpr unsigned char kFirstPiece = 0x0B;
static_assert(kFirstPiece + std::size(kPieces) == 0x20);

std::string written_out(const std::uint8_t* begin, const std::uint8_t* end) {
  std::string out;
  for (; begin != end; ++begin) {
    if (*begin >= kFirstPiece && *begin < 0x20) out += kPieces[*begin - kFirstPiece];
    else out += static_cast<char>(*begin);
  }
  return out;
}

void check_place(const PlaceMention& place, const PlaceDirectory& directory, const NormalForm& n) {
  demand(place.begin <= place.end && place.end <= n.points.size(), "a place stands in the text");
  demand(!place.address() || place.begin < place.end, "an address is told by some words");
  demand(place.known < static_cast<std::int32_t>(directory.places.size()), "a known place is one of the directory");
}

std::string with_zero_width(const std::string& text) {
  std::string out;
  for (const char32_t c : decode_utf8(text)) {
    append_utf8(out, c);
    append_utf8(out, 0x200B);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Understander understander = Understander::embedded().value();
  PlaceDirectory directory;
  directory.groups = {{"0", "锦苑小区业主群", "1", "甲社区", "乙街道"},
                      {"1", "锦苑小区车友群", "1", "甲社区", "乙街道"}};
  directory.places = {"锦苑小区", "锦苑小区3栋", "锦苑小区大门", "机车厂甲栋", "云楼中心T1"};
  static const PlaceParser parser(directory);
  Leads leads(understander, directory);
  Instant now{std::chrono::hours(24 * 20'000)};
  MessageNumber number = 0;
  std::vector<MessageNumber> placed;
  std::string before = "3-2-601老李";
  for (std::size_t begin = 0; begin < size && number < 64; ++number) {
    std::size_t end = begin;
    while (end < size && data[end] != 0) ++end;
    const std::uint8_t how = data[begin];
    Message m;
    m.id = std::to_string(number);
    m.group = std::to_string(how & 1);
    m.sender = std::to_string(how >> 1 & 3);
    m.sender_name = how & 8 ? before : m.sender;  // whatever a text may be, a name may be
    m.role = static_cast<Role>((how >> 3) % 6);
    m.type = how >= 0xF0 ? MessageType::image : MessageType::text;
    now += std::chrono::minutes(how >> 2 & 31);
    m.sent_at = now;
    if (how & 64 && number > 0) m.reply_to = std::to_string(number - 1);
    if (end > begin + 1) before = m.text = written_out(data + begin + 1, data + end);
    begin = end + 1;

    const Understanding u = understander.understand(m);
    check_normal(u.normal);
    check_understanding(u);
    check_place(parser.parse(u.normal, u.hits, understander.lexicon()), directory, u.normal);
    check_place(parser.parse_name(m.sender_name), directory, normalize(m.sender_name));
    if (how & 128) {
      m.text = with_zero_width(m.text);
      const Understanding hidden = understander.understand(m);
      demand(hidden.normal.points == u.normal.points, "what cannot be seen changes nothing");
      demand(hidden.appeal == u.appeal, "what cannot be seen hides nothing");
    }
    const Placement p = leads.place(number + 1, m);
    demand(std::isfinite(p.score) && p.score >= 0 && p.score <= 1.0001f, "a placement's probability");
    demand(!p.lead || leads.view(*p.lead) != nullptr, "a lead that a message joins can be seen");
    for (const auto& reason : p.reasons) demand(reason.begin <= reason.end, "a reason's words");
    placed.push_back(number + 1);
    if (how == 0xEE) leads.recall(placed[placed.size() / 2]);
  }
  for (const LeadKey key : leads.all()) {
    const LeadView* v = leads.view(key);
    demand(v && !v->messages.empty() && v->urgency >= 1 && v->urgency <= 4, "a lead has messages and an urgency");
  }
  return 0;
}
