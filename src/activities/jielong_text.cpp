#include "activities/jielong_text.h"

#include <algorithm>
#include <bitset>

#include "base/normal_form.h"

namespace linli::jielong {
namespace {

using Phrase = std::u32string_view;

constexpr Phrase kPersons[] = {U"老公", U"老婆", U"老伴", U"老头子", U"先生",   U"太太", U"男朋友", U"女朋友", U"朋友",
                               U"同学", U"同事", U"室友", U"闺蜜",   U"家属",   U"娃",   U"娃娃",   U"孩子",   U"小孩",
                               U"宝宝", U"宝",   U"儿子", U"女儿",   U"闺女",   U"妈",   U"爸",     U"奶奶",   U"爷爷",
                               U"外婆", U"外公", U"婆",   U"公公",   U"妹",     U"弟",   U"姐",     U"哥",     U"嫂",
                               U"孙",   U"孙子", U"孙女", U"人",     U"大学生", U"学生", U"亲戚",   U"邻居",   U"媳妇",
                               U"爸妈", U"表弟", U"妹儿", U"家人",   U"舅舅",   U"对象", U"徒弟",   U"老人",   U"父母"};

// What people are called at the end (王姐, 周伯, 豆豆妈, 钱老师) and at the beginning (老李, 小赵, 阿珍).
constexpr Phrase kTitles[] = {U"姐",   U"哥",   U"叔",   U"婶",   U"伯",   U"爷",   U"婆",   U"妈",   U"爸",
                              U"孃",   U"娘",   U"姨",   U"嫂",   U"师傅", U"老师", U"阿姨", U"大爷", U"大妈",
                              U"先生", U"女士", U"小姐", U"妹儿", U"幺妹", U"医生", U"教练", U"队长", U"站长",
                              U"主任", U"妹",   U"弟",   U"公",   U"奶奶", U"外婆", U"外公", U"妈妈", U"爸爸",
                              U"爷爷", U"婆婆", U"孃孃", U"家",   U"嫂子", U"丫头", U"代表"};
constexpr char32_t kSurnames[] =
    U"赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕张孔曹严华金魏陶姜戚谢邹喻柏窦章云苏潘葛奚范彭郎鲁韦昌苗凤方俞任"
    U"袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常傅卞齐康伍余元卜顾孟黄穆萧尹姚邵汪祁毛狄贝臧戴宋庞熊纪舒屈项祝董梁"
    U"杜阮蓝季贾路娄江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞柯管卢莫房裘缪解应宗丁宣邓洪包左石崔龚程嵇邢裴陆翁荀"
    U"惠甄曲封芮储靳段焦牧隗谷车侯宓蓬全班仰秋仲伊宫宁仇栾甘厉祖武符刘景詹束龙叶幸司黎薄白怀蒲鄂索咸籍赖卓蔺屠蒙池乔"
    U"翟谭姬申冉雍桑桂濮牛边燕尚温庄晏柴瞿阎慕连艾易慎戈廖庚终暨居衡步都耿弘匡文欧殳沃利蔚越隆师巩聂晁勾敖融冷辛阚那简"
    U"饶"
    U"曾沙关查荆红游权逯盖益桓冼邝郗鄢邰佟丘阴邵苟肖付闫代闵";
constexpr Phrase kNoNames[] = {U"周一", U"周二", U"周三", U"周四",   U"周五", U"周六", U"周日", U"周末", U"时间",
                               U"平安", U"全天", U"全部", U"全黑",   U"高层", U"白色", U"蓝色", U"黄色", U"红色",
                               U"米黄", U"方便", U"安全", U"常用",   U"面粉", U"车厘", U"同意", U"成都", U"文件",
                               U"应该", U"都好", U"都行", U"师傅到", U"老人", U"温度", U"解决", U"连接", U"关进",
                               U"段落", U"金额", U"冷水", U"牛奶",   U"白菜"};

// One bit for each character: a list of 60 names asks some hundred times.
bool is_surname(char32_t c) {
  constexpr char32_t first = 0x4E00, last = 0x9FFF;
  static const std::bitset<last - first + 1> known = [] {
    std::bitset<last - first + 1> bits;
    for (const char32_t* s = kSurnames; *s != 0; ++s) bits.set(*s - first);
    return bits;
  }();
  return c >= first && c <= last && known.test(c - first);
}

constexpr char32_t kHanNumbers[] = U"〇一二三四五六七八九";

std::int32_t han_digit(char32_t c) {
  if (c == U'两') return 2;
  if (c == U'零') return 0;
  for (std::int32_t i = 0; i < 10; ++i)
    if (kHanNumbers[i] == c) return i;
  return -1;
}

// A building, unit, storey or gate: what stands after its number, longest first.
constexpr Phrase kHouseWords[] = {U"号楼", U"号院", U"号门", U"号户", U"单元", U"栋", U"幢",
                                  U"座",   U"楼",   U"层",   U"室",   U"号",   U"组", U"院"};
constexpr Phrase kYards[] = {U"东院", U"西院", U"南院", U"北院", U"前院", U"后院", U"中院"};

// A piece of "3-2-501": digits with letters before or after; a CJK direction before the first dash.
std::size_t code_at(Phrase text) {
  std::size_t i = 0;
  while (i < text.size() && i < 2 && is_letter(text[i])) ++i;
  const std::size_t digits = i;
  while (i < text.size() && is_digit(text[i])) ++i;
  return i > digits && i - digits <= 4 ? i : 0;
}

// "3-2-501", "4#101", "B2-118", "8-2-3楼"; at least two pieces.
std::size_t dashed_at(Phrase text) {
  std::size_t i = !text.empty() && Phrase(U"东西南北").find(text[0]) != Phrase::npos ? 1 : 0;
  std::size_t pieces = 0;
  if (i == 1) {
    if (text.size() > 1 && text[1] == U'-') ++i, ++pieces;
  }
  for (;;) {
    const std::size_t n = code_at(text.substr(i));
    if (n == 0) return 0;
    i += n, ++pieces;
    if (i + 1 >= text.size() || (text[i] != U'-' && text[i] != U'#' && text[i] != U'—')) break;
    if (code_at(text.substr(i + 1)) == 0) break;
    ++i;
  }
  if (pieces < 2) return 0;
  return i + starts_with_any(text.substr(i), kHouseWords);
}

}  // namespace

bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }
bool is_blank(char32_t c) { return c == U' ' || c == U'\t' || c == U'\r'; }
bool is_han(char32_t c) { return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || c >= 0x20000; }
bool is_letter(char32_t c) { return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z'); }
bool is_edge(char32_t c) {
  if (is_han(c) || is_digit(c) || is_letter(c)) return false;
  return is_blank(c) ||
         Phrase(U"\n.,:;!?~-_()[]<>|*#、。，：；！？～—…（）【】《》〈〉「」『』“”‘’·〔〕").find(c) != Phrase::npos;
}

void Folded::read(std::string_view utf8) {
  original = utf8;
  points.clear();
  byte.clear();
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    std::size_t n = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    char32_t c = lead < 0x80 ? lead : n == 4 ? lead & 7u : n == 3 ? lead & 15u : n == 2 ? lead & 31u : 0xFFFDu;
    for (std::size_t k = 1; k < n; ++k) {
      if (i + k >= utf8.size() || (static_cast<unsigned char>(utf8[i + k]) & 0xC0) != 0x80) {
        n = k, c = 0xFFFD;
        break;
      }
      c = c << 6 | (static_cast<unsigned char>(utf8[i + k]) & 0x3Fu);
    }
    const auto at = static_cast<std::uint32_t>(i);
    i += n;
    if (c == 0x20E3 && !points.empty() && is_digit(points.back())) {  // a keycap's frame
      points.back() = kDigit + (points.back() - U'0');
      continue;
    }
    if ((c >= 0x200B && c <= 0x200F) || c == 0xFE0F || c == 0xFEFF || (c >= 0x202A && c <= 0x202E) || c == 0x20E3)
      continue;
    if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;
    if (c == 0x3000 || c == 0xA0 || (c >= 0x2000 && c <= 0x200A)) c = U' ';
    if (c == 0x2795) c = U'+';
    if (c == 0x2013 || c == 0x2014 || c == 0x2212) c = U'-';
    points.push_back(c);
    byte.push_back(at);
  }
  byte.push_back(static_cast<std::uint32_t>(utf8.size()));
}

std::string Folded::written(std::size_t begin, std::size_t end) const {
  constexpr Phrase brackets = U"()[]<>（）【】《》〈〉「」『』“”〔〕?!";
  const auto stray = [&](char32_t c) { return (is_edge(c) && brackets.find(c) == Phrase::npos) || c == U'+'; };
  while (begin < end && stray(points[begin])) ++begin;
  while (begin < end && stray(points[end - 1])) --end;
  return std::string(original.substr(byte[begin], byte[end] - byte[begin]));
}

std::size_t number_at(std::u32string_view text, std::int32_t& value) {
  std::size_t i = 0;
  value = 0;
  while (i < text.size() && is_digit(text[i])) {
    if (i == 4) return 0;
    value = value * 10 + static_cast<std::int32_t>(text[i++] - U'0');
  }
  if (i > 0) return i;
  if (text.empty()) return 0;
  if (text[0] == U'俩') return value = 2, 1;
  if (text[0] == U'仨') return value = 3, 1;
  std::int32_t ones = han_digit(text[0]);
  if (ones > 0) value = ones, i = 1;
  if (i < text.size() && text[i] == U'十') {
    value = (i == 0 ? 1 : value) * 10;
    ++i;
    if (i < text.size() && (ones = han_digit(text[i])) > 0) value += ones, ++i;
  }
  return i;
}

std::size_t starts_with_any(std::u32string_view text, std::span<const std::u32string_view> phrases) {
  for (const auto p : phrases)
    if (text.starts_with(p)) return p.size();
  return 0;
}

std::size_t ends_with_any(std::u32string_view text, std::span<const std::u32string_view> phrases) {
  std::size_t best = 0;
  for (const auto p : phrases)
    if (p.size() > best && text.ends_with(p)) best = p.size();
  return best;
}

std::size_t find_any(std::u32string_view text, std::span<const std::u32string_view> phrases, std::size_t* length) {
  std::size_t best = Phrase::npos;
  for (const auto p : phrases) {
    const std::size_t at = text.find(p);
    if (at < best) {
      best = at;
      if (length != nullptr) *length = p.size();
    }
  }
  return best;
}

bool ends_with_person(std::u32string_view phrase) { return ends_with_any(phrase, kPersons) > 0; }

bool like_name(std::u32string_view phrase) {
  const std::size_t n = phrase.size();
  if (n == 0 || n > 8 || starts_with_any(phrase, kNoNames) > 0) return false;
  const bool surname = is_surname(phrase[0]);
  if (n == 1) return surname;
  if (n <= 3 && (phrase[0] == U'老' || phrase[0] == U'小' || phrase[0] == U'阿')) return true;
  if (n == 2 && phrase[0] == phrase[1] && is_han(phrase[0])) return true;
  if (n <= 6 && ends_with_any(phrase, kTitles) > 0) return true;
  return surname && n <= 3 && std::all_of(phrase.begin(), phrase.end(), is_han);
}

std::size_t house_at(std::u32string_view text, bool bare) {
  std::size_t i = starts_with_any(text, kYards);
  if (i > 0) {
    const std::size_t blank = i < text.size() && text[i] == U' ' ? 1 : 0;
    const std::size_t room = code_at(text.substr(i + blank));
    return room > 0 ? i + blank + room : i;
  }
  if (text.starts_with(U"车位")) {
    const std::size_t n = code_at(text.substr(2));
    return n > 0 ? 2 + n : 0;
  }
  if (const std::size_t n = dashed_at(text); n > 0) return n;
  // 3栋2单元501, A座1203, 七楼, 21号 2-1
  std::size_t words = 0;
  for (;;) {
    std::int32_t value = 0;
    std::size_t n = number_at(text.substr(i), value);
    if (n == 0 && i < text.size() && is_letter(text[i])) n = 1;
    if (n == 0) break;
    const std::size_t word = starts_with_any(text.substr(i + n), kHouseWords);
    if (word == 0) break;
    // 21号 2-1 is a house, 3号夜里 a day.
    const Phrase after = text.substr(i + n + word);
    if (word == 1 && text[i + n] == U'号' && (after.empty() || dashed_at(after.substr(after[0] == U' ')) == 0)) break;
    i += n + word, ++words;
  }
  if (words > 0) {
    const std::size_t blank = i < text.size() && text[i] == U' ' ? 1 : 0;
    if (const std::size_t n = dashed_at(text.substr(i + blank)); n > 0) return i + blank + n;
    if (i < text.size() && text[i] == U'-') ++i;
    const std::size_t room = code_at(text.substr(i));
    return room >= 2 ? i + room : i;
  }
  if (!bare) return 0;
  while (i < text.size() && is_digit(text[i])) ++i;
  if (i < 3 || i > 4) return 0;
  // A storey and a room on it; 9527 is none.
  std::int32_t value = 0;
  number_at(text.substr(0, i), value);
  const std::int32_t room = value % 100, storey = value / 100;
  return storey >= 1 && storey <= 45 && room >= 1 && room <= 24 ? i : 0;
}

std::string key_of(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    std::string out;
    for (const char c : text) {
      if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')) out += c;
      if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
    }
    return out.empty() ? std::string(text) : out;
  }
  static thread_local NormalForm form;
  normalize(text, form);
  std::string out;
  for (std::size_t i = 0; i < form.points.size(); ++i) {
    const char32_t c = form.points[i];
    if (is_digit(c) || is_letter(c) || is_han(c) || (c >= 0xC0 && c < 0x2000 && c != 0xD7))
      out.append(form.bytes, form.offset[i], form.offset[i + 1] - form.offset[i]);
  }
  return out.empty() ? std::string(text) : out;  // a name of emoji alone
}

Who who(std::string_view shown_name) {
  static thread_local Folded text;
  text.read(shown_name.substr(0, 256));
  Who out;
  std::size_t end = house_at(text.points, true);
  const std::size_t size = text.points.size();
  if (end == 0) {  // 金桂5栋-老李: the house may come second
    out.name = text.written(0, size);
  } else {
    out.house = text.written(0, end);
    if (end < size && text.points[end] == U'的') ++end;
    out.name = text.written(end, size);
  }
  out.name_key = key_of(out.name);
  out.house_key = key_of(out.house);
  return out;
}

}  // namespace linli::jielong
