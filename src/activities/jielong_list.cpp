// Is it a list of people, what for, and who stands in it?
#include "activities/jielong_list.h"

#include <algorithm>
#include <array>
#include <unordered_set>

namespace linli::jielong {
namespace {

using Phrase = std::u32string_view;

constexpr Phrase kCalls[] = {U"接龙", U"报名",  U"登记",  U"往下接", U"接一下", U"的接", U"报一下", U"的报",
                             U"报户", U"名单",  U"点名",  U"参加",   U"到场",   U"预约", U"来的",   U"志愿者",
                             U"报个", U"报下",  U"写上",  U"报门牌", U"报房号", U"招募", U"名额",   U"限",
                             U"AA",   U"集合",  U"补录",  U"报哈",   U"吱一声", U"点到", U"到岗",   U"回1",
                             U"扣1",  U"回个1", U"扣个1", U"认领",   U"领取",   U"体验", U"讲座",   U"比赛",
                             U"义诊", U"拼车",  U"包车",  U"人头",   U"统计",   U"招人", U"差人",   U"缺人"};
constexpr Phrase kOpenCalls[] = {U"接龙",  U"报名",  U"往下接", U"接一下", U"的接", U"回1",  U"扣1",
                                 U"回个1", U"扣个1", U"报个名", U"登记",   U"招人", U"招募", U"有没有人",
                                 U"差",    U"缺",    U"征集",   U"的报",   U"点名", U"参加"};
constexpr Phrase kStrongCalls[] = {U"接龙", U"报名", U"登记", U"往下接", U"接一下", U"的接", U"的报",
                                   U"点名", U"招募", U"预约", U"补录",   U"扣1",    U"回1"};
// What people meet for, and when.
constexpr Phrase kEvents[] = {
    U"课",   U"班",   U"赛",     U"沙龙", U"一日", U"游",   U"活动", U"汇演",   U"排练", U"唱会", U"登高", U"爬山",
    U"骑行", U"义工", U"开放日", U"聚会", U"宴",   U"露营", U"快闪", U"走秀",   U"球局", U"采摘", U"摘",   U"教学",
    U"晨练", U"团",   U"聚餐",   U"火锅", U"烧烤", U"演练", U"开会", U"楼栋会", U"打针", U"疫苗", U"体检", U"理发",
    U"摄影", U"拍照", U"桌游",   U"夜爬", U"夜骑", U"慰问", U"帮厨", U"返乡",   U"擂台", U"合唱", U"诗会", U"节",
    U"试吃", U"入场", U"值守",   U"巡逻", U"搬",   U"扫除", U"年会", U"植树",   U"除草", U"净滩", U"领",   U"抄一份"};
constexpr Phrase kWhen[] = {U"周一", U"周二", U"周三", U"周四", U"周五", U"周六", U"周日", U"周末",
                            U"明天", U"明早", U"明晚", U"今晚", U"下午", U"上午", U"晚上", U"礼拜",
                            U"点半", U"后天", U"元旦", U"重阳", U"端午", U"中秋"};
constexpr Phrase kNotNow[] = {U"勿接龙",   U"不要接龙", U"不接龙",   U"别接龙",   U"接龙已结束", U"接龙结束",
                              U"报名截止", U"不用报名", U"成语接龙", U"已经报名", U"小程序报名", U"报名成功"};
// Lists of these are nobody's to keep, or ask nothing of anybody.
constexpr Phrase kRefused[] = {U"平安",   U"捐",     U"心意",       U"凑钱", U"联名", U"签名", U"体温",
                               U"勿接龙", U"收到请", U"请接龙收到", U"打卡", U"已缴", U"祝福", U"成语接龙"};
constexpr Phrase kTelling[] = {U"做法",     U"配方",     U"步骤",   U"教程",   U"经验", U"须知", U"公告",    U"提示",
                               U"要闻",     U"新闻",     U"范围",   U"价目",   U"菜单", U"课程", U"值班",    U"轮值",
                               U"常用电话", U"联系电话", U"失物",   U"积分榜", U"榜",   U"进度", U"警情",    U"清单",
                               U"链接",     U"公约",     U"约法",   U"感谢",   U"圆满", U"路线", U"通报",    U"招聘",
                               U"要买",     U"想学什么", U"规定",   U"注意",   U"回复", U"预测", U"出：",    U"互换",
                               U"谜",       U"丢了",     U"交水费", U"怎么",   U"如何", U"方法", U"分享",    U"直播",
                               U"辛苦了",   U"录脸",     U"账",     U"分摊",   U"应急", U"小测", U"明早抽血"};
constexpr Phrase kTrouble[] = {
    U"停水",   U"停电", U"停气", U"停了电", U"停了水", U"没水", U"没得水", U"没电",   U"没得电", U"没气", U"没热水",
    U"没信号", U"断网", U"漏水", U"漏雨",   U"渗水",   U"泡水", U"积水",   U"水压",   U"不热",   U"返臭", U"发黄",
    U"白蚁",   U"烧坏", U"被偷", U"影响",   U"受灾",   U"空鼓", U"油烟",   U"睡不着", U"爆管",   U"爆了", U"被关",
    U"关过",   U"黑了", U"断电", U"被淹",   U"进水",   U"进屋", U"被撬",   U"跳闸"};
// Trouble that is only looked at or talked of.
constexpr Phrase kServices[] = {U"检查", U"预约", U"讲座", U"清洗", U"安检", U"志愿", U"演练", U"体验"};
constexpr Phrase kMatters[] = {U"坏了",   U"爆",       U"漏",     U"滴",    U"吵",     U"停水", U"停电",
                               U"没水",   U"没电",     U"堵",     U"臭",    U"救命",   U"电梯", U"物业电话",
                               U"抬不起", U"太不像话", U"投诉",   U"噪音",  U"拖椅子", U"着火", U"冒烟",
                               U"淹",     U"被偷",     U"没人管", U"祝大家"};
constexpr Phrase kVotes[] = {U"投票",   U"投个票", U"投一个", U"家投",     U"表决",   U"表个态", U"表态",   U"推选",
                             U"推荐",   U"一票",   U"同意",   U"赞成",     U"反对",   U"是否",   U"能不能", U"还是换",
                             U"换不换", U"定哪天", U"合适",   U"什么颜色", U"选一个", U"选举",   U"意愿"};
constexpr Phrase kVoiced[] = {U"同意",   U"不同意", U"反对", U"赞成",   U"弃权", U"支持",
                              U"不支持", U"可以",   U"不行", U"不可以", U"都行"};
constexpr Phrase kBuying[] = {U"团购", U"拼单", U"开团", U"截单", U"预订",   U"订鲜奶", U"供货", U"成本价",
                              U"现杀", U"一斤", U"起订", U"成团", U"减一桶", U"统一买", U"定做", U"一起做",
                              U"团，", U"团 ",  U"一瓶", U"一盒", U"斤装",   U"枚一板"};
constexpr Phrase kNotBuying[] = {U"拼车", U"包车", U"体验", U"年检", U"领票", U"材料费", U"AA", U"一桌", U"包席"};
constexpr Phrase kGoods[] = {U"盒", U"箱", U"斤", U"瓶", U"袋", U"桶", U"套", U"台", U"把",
                             U"扇", U"板", U"件", U"提", U"罐", U"杯", U"份", U"只", U"包"};
constexpr Phrase kGreetings[] = {U"各位", U"大家好", U"邻居们", U"家人们", U"亲们", U"@所有人", U"转发", U"通知"};

// Digits and then 元, 块, 一斤; or 一盒25, 装68.
bool priced(Phrase words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!is_digit(words[i])) continue;
    std::size_t e = i;
    while (e < words.size() && (is_digit(words[e]) || words[e] == U'.')) ++e;
    const Phrase after = words.substr(e);
    if (after.starts_with(U"元") || after.starts_with(U"块") || after.starts_with(U"一斤") ||
        after.starts_with(U"一套") || after.starts_with(U"一板"))
      return true;
    if (i >= 2 && words[i - 2] == U'一' && ends_with_any(words.substr(0, i), kGoods) > 0) return true;
    if (i >= 1 && words[i - 1] == U'装') return true;
    if (i >= 2 && words[i - 2] == U'每' && ends_with_any(words.substr(0, i), kGoods) > 0) return true;
    i = e;
  }
  return false;
}

// 【三八节插花】 keeps its bracket.
bool bracket_before(Phrase all, std::size_t at) { return Phrase(U"【《“「〔").find(all[at - 1]) != Phrase::npos; }

// 火锅局, 清唱会, 半程赛: a word for a meeting ends a phrase.
bool meeting(Phrase head) {
  constexpr Phrase ends = U"局赛课班游宴场队节团";
  for (std::size_t i = 1; i < head.size(); ++i) {
    const bool last = i + 1 == head.size() || is_edge(head[i + 1]);
    if (last && is_han(head[i - 1]) &&
        (ends.find(head[i]) != Phrase::npos || (head[i] == U'会' && head[i - 1] != U'不')))
      return true;
  }
  return false;
}

// The first line that says what the list is.
std::string title_of(const Folded& text, std::size_t head_end) {
  const Phrase all = text.points;
  for (std::size_t begin = 0; begin < head_end;) {
    std::size_t end = std::min(all.find(U'\n', begin), head_end);
    const std::size_t line_begin = begin;
    std::size_t from = begin;
    begin = end + 1;
    while (from < end && (is_edge(all[from]))) ++from;
    Phrase line = all.substr(from, end - from);
    if (line.starts_with(U"接龙") && (line.size() == 2 || is_edge(line[2])))
      from += 2, line = all.substr(from, end - from);
    if (line.starts_with(U"例 ") || line.starts_with(U"例:") || line.starts_with(U"例：")) continue;
    if (starts_with_any(line, kGreetings) > 0 && line.size() <= 10 && line.find(U"活动") == Phrase::npos) continue;
    if (std::none_of(line.begin(), line.end(), [](char32_t c) { return is_han(c) || is_letter(c); })) continue;
    std::string title = text.written(std::max(line_begin, from > 0 && bracket_before(all, from) ? from - 1 : from),
                                     std::min(end, from + 60));
    if (!title.empty()) return title;
  }
  return {};
}

struct Author {
  std::string key, house_key;
  explicit Author(std::string_view shown) {
    if (shown.empty()) return;
    Who w = who(shown);
    key = std::move(w.name_key), house_key = std::move(w.house_key);
  }
  bool known() const { return !key.empty() || !house_key.empty(); }
  bool is(std::string_view name_key, std::string_view line_house) const {
    if (!house_key.empty() && house_key == line_house) return true;
    if (name_key.size() < 3 || key.empty()) return false;
    if (name_key.size() >= 4 && static_cast<unsigned char>(name_key[0]) < 0x80 && key.find(name_key) != key.npos)
      return true;
    return key == name_key || (name_key.size() >= 6 && key.find(name_key) != key.npos) ||
           (key.size() >= 6 && name_key.find(key) != name_key.npos);
  }
};

// 后天录音，能到的接一下 / 柏老师 / 老佟: names below one another, the poster last.
bool unnumbered(const Folded& text, const Author& author, Numbered& out) {
  const Phrase all = text.points;
  const std::size_t first = all.find(U'\n');
  if (first == Phrase::npos || !has_any(all.substr(0, first), kOpenCalls)) return false;
  std::vector<Parts> lines;
  for (std::size_t begin = first + 1; begin < all.size();) {
    const std::size_t end = std::min(all.find(U'\n', begin), all.size());
    const Phrase line = all.substr(begin, end - begin);
    if (!line.empty()) {
      if (line.size() > 14 || lines.size() >= kJielongEntries) return false;
      Parts p;
      p.begin = begin, p.end = end;
      p.marker = static_cast<std::int32_t>(lines.size() + 1);
      lines.push_back(p);
    }
    begin = end + 1;
  }
  if (lines.empty()) return false;
  Parts last = lines.back();
  take_apart(text, last, false);
  const bool own =
      author.is(key_of(text.written(last.name, last.name_end)), key_of(text.written(last.house, last.house_end)));
  const auto named = static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [&](Parts p) {
    take_apart(text, p, false);
    return like_name(all.substr(p.name, p.name_end - p.name)) || p.house_end > p.house;
  }));
  if (!own && named * 2 <= lines.size()) return false;
  out.lines = std::move(lines);
  out.numbers = out.lines.size();
  out.head_end = first;
  return true;
}

bool like_room(Phrase line) {
  const std::size_t n = house_at(line, true);
  if (n == 0) return false;
  const Phrase after = line.substr(n);
  return !after.starts_with(U"先生") && !after.starts_with(U"小姐");
}

}  // namespace

JielongKind kind_of_words(std::u32string_view words) {
  if (has_any(words, kVotes)) return JielongKind::vote;
  if (has_any(words, kTrouble) && !has_any(words, kServices)) return JielongKind::affected;
  if ((has_any(words, kBuying) || priced(words)) && !has_any(words, kNotBuying)) return JielongKind::group_buy;
  return JielongKind::sign_up;
}

bool calls_to_join(std::u32string_view words) { return has_any(words, kOpenCalls) && !has_any(words, kNotNow); }
bool tells_trouble(std::u32string_view words) { return has_any(words, kMatters); }
bool gives_vote(std::u32string_view words) { return has_any(words, kVoiced); }

JielongText read_list(const Folded& text, std::string_view author_name) {
  JielongText out;
  const Phrase all = text.points;
  const Author author(author_name);
  Numbered numbered = numbered_lines(text);
  if (numbered.numbers == 0) unnumbered(text, author, numbered);
  const Phrase head = all.substr(0, numbered.numbers == 0 ? all.size() : numbered.head_end);
  out.numbered = numbered.numbers > 0;
  out.refused = has_any(head, kRefused) || has_any(head, kNotNow);
  out.called = has_any(head, kCalls) && !has_any(head, kNotNow);
  if (!out.numbered) {
    out.kind = kind_of_words(head);
    return out;
  }
  out.title = title_of(text, numbered.head_end);

  // How its lines look.
  std::size_t rooms = 0;
  for (const Parts& p : numbered.lines) rooms += like_room(all.substr(p.begin, p.end - p.begin));
  const bool bare = rooms * 2 >= numbered.lines.size() || kind_of_words(head) != JielongKind::sign_up;
  float counted = 0, brief = 0;
  float persons = 0, houses = 0, votes = 0, goods = 0, prices = 0, length = 0;
  bool own = false;
  std::vector<Count> people;
  people.reserve(numbered.lines.size());
  for (Parts& p : numbered.lines) {
    take_apart(text, p, bare);
    const Phrase name = all.substr(p.name, p.name_end - p.name);
    const Phrase rest = all.substr(p.rest, p.end - p.rest);
    const bool house = p.house_end > p.house;
    houses += house;
    persons += house || like_name(name);
    if (!own && author.known())
      own = author.is(key_of(text.written(p.name, p.name_end)),
                      house ? key_of(text.written(p.house, p.house_end)) : std::string());
    votes += !rest.empty() && gives_vote(rest);
    goods += std::any_of(rest.begin(), rest.end(), is_digit) && has_any(rest, kGoods);
    std::int32_t value = 0;
    const std::size_t blank = rest.find_first_not_of(U' ');
    if (blank != Phrase::npos && is_digit(rest[blank])) {
      const std::size_t n = number_at(rest.substr(blank), value);
      const Phrase after = rest.substr(blank + n);
      prices += n > 0 && value >= 20 &&
                (after.empty() || after[0] == U'元' || after[0] == U'块' || after[0] == U'起' || after[0] == U'分');
    }
    // ASCII letters are narrow.
    for (const char32_t c : name) length += c < 0x80 ? 0.5f : 1.0f;
    people.push_back(count_of(text, p.rest, p.end, false));
    counted += people.back().told;
    brief += name.size() <= 5 && people.back().note.empty();
  }
  const float n = std::max<float>(1, static_cast<float>(numbered.lines.size()));
  persons /= n, houses /= n, votes /= n, goods /= n, prices /= n, length /= n, counted /= n, brief /= n;

  const bool price_told = priced(head);
  const bool trouble = has_any(head, kTrouble) && !has_any(head, kServices);
  out.kind = JielongKind::sign_up;
  if (votes >= 0.5f || (has_any(head, kVotes) && !has_any(head, std::span(kCalls).subspan(0, 3)))) {
    out.kind = JielongKind::vote;
  } else if (trouble) {
    out.kind = JielongKind::affected;
  } else if ((has_any(head, kBuying) || price_told || (goods >= 0.5f && !out.called)) && !has_any(head, kNotBuying)) {
    out.kind = JielongKind::group_buy;
  }

  float score = 0;
  const bool event = has_any(head, kEvents) || meeting(head), timed = has_any(head, kWhen);
  const bool telling = has_any(head, kTelling);
  if (out.called) score += has_any(head, kStrongCalls) ? 1.0f : 0.8f;
  if (event) score += out.called ? 0.2f : 0.5f;
  if (timed) score += 0.2f;
  if (all.starts_with(U"#接龙") || all.starts_with(U"接龙")) score += 0.8f;
  score += 1.05f * persons;
  if (own) score += 0.8f;
  score += 0.6f * counted;
  if (out.called || event || timed) score += 0.5f * brief;
  // Empty numbers wait for names.
  if (numbered.numbers > numbered.lines.size() && numbered.closed > 0 && !out.title.empty())
    score += numbered.lines.empty() ? 1.0f : 0.4f;
  if (trouble && houses > 0) score += 0.3f;
  if (out.kind == JielongKind::vote && (votes > 0 || houses > 0)) score += 0.4f;
  if (out.kind == JielongKind::group_buy && (goods > 0 || (price_told && prices == 0))) score += 0.5f;
  if (out.kind == JielongKind::group_buy && has_any(head, std::span(kBuying).subspan(0, 4))) score += 0.5f;
  if (telling) score -= persons > 0.99f && n >= 2 ? 0.7f : 1.2f;
  if (has_any(all, std::array<Phrase, 3>{U"私聊", U"加微信", U"起订\n"})) score -= 0.8f;  // an advertisement
  if (prices >= 0.5f && out.kind != JielongKind::group_buy) score -= 1.0f;
  if (length > 7) score -= 0.8f;
  if (numbered.lines.size() == 1 && numbered.numbers == 1 && !out.called && !own) score -= 0.5f;
  if (!numbered.lines.empty() && numbered.lines.front().marker > 1 && out.title.empty()) score -= 1.0f;
  out.score = score;
  if (out.refused) out.kind = JielongKind::none;

  const bool one_each = out.kind == JielongKind::affected || out.kind == JielongKind::vote;
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < numbered.lines.size(); ++i) {
    const Parts& p = numbered.lines[i];
    JielongLine line;
    line.name = text.written(p.name, p.name_end);
    line.house = text.written(p.house, p.house_end);
    if (line.name.empty() && line.house.empty()) continue;
    if (!seen.insert(line.house + "|" + line.name).second) continue;  // posted twice over
    const Count count = out.kind == JielongKind::group_buy ? count_of(text, p.rest, p.end, true) : std::move(people[i]);
    line.note = p.tag;
    if (!p.tag.empty() && !count.note.empty()) line.note += ' ';
    line.note += count.note;
    line.number = one_each ? 1 : count.number;
    line.number_told = !one_each && count.told;
    line.withdrawn = p.withdrawn && out.kind != JielongKind::vote;
    line.marker = p.marker;
    out.lines.push_back(std::move(line));
  }
  return out;
}

}  // namespace linli::jielong

namespace linli {

JielongText parse_list(std::string_view text, std::string_view author) {
  static thread_local jielong::Folded folded;
  folded.read(text.substr(0, 32u << 10));
  JielongText out = jielong::read_list(folded, author);
  if (out.score < kJielongList) out.kind = JielongKind::none;
  return out;
}

std::string_view name_of(JielongKind kind) {
  constexpr std::string_view names[] = {"none", "sign_up", "affected", "group_buy", "vote"};
  return names[static_cast<std::size_t>(kind)];
}

}  // namespace linli
