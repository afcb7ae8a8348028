#include "assist/masking.h"

#include <unicode/regex.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <memory>
#include <set>
#include <stdexcept>

namespace linli::assist {
namespace {

using icu::UnicodeString;

// ---- what is looked for, the surest first; what one row took no later one takes again ----

#define LINLI_GAP "[ \\-‐—–.·　]?"
#define LINLI_HAN_DIGIT "零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖"
#define LINLI_SURNAME                                                                                                                                                           \
  "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪" \
  "田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"

struct Look {
  const char* kind;
  bool contact;  // must not appear in a reply unless a source says it
  int group;     // what of the match is hidden
  const char* pattern;
};

constexpr Look kLooks[] = {
    {"符", false, 0, "[〔〕]"},
    {"邮箱", true, 0, "[A-Za-z0-9._%+\\-]{1,64}[@＠][A-Za-z0-9\\-]{1,63}(?:[.．][A-Za-z0-9\\-]{1,63}){1,4}"},
    {"微信", true, 1,
     "(?i)(?:微信号?|薇信|威信|wechat|weixin|v信|vx|wx|加[v微]|加我(?:微信)?|qq号?|扣扣)[\\s:：是为叫号]{0,4}"
     "([a-z][-_a-z0-9]{4,19}|\\p{Nd}{5,12})(?![-_a-z0-9])"},
    {"证件", true, 0, "(?<!\\p{Nd})\\p{Nd}{6}[ \\-]?\\p{Nd}{8}[ \\-]?\\p{Nd}{3}[\\p{Nd}XxＸｘ](?!\\p{Nd})"},
    {"卡号", true, 0, "(?<!\\p{Nd})\\p{Nd}{4}(?:[ \\-]?\\p{Nd}{4}){2,3}[ \\-]?\\p{Nd}{1,7}(?!\\p{Nd})"},
    {"电话", true, 0,
     "(?<!\\p{Nd})(?:[+＋]?86[ \\-]?)?[1１]" LINLI_GAP "[3-9３-９](?:" LINLI_GAP "\\p{Nd}){9}(?!\\p{Nd})"},
    {"电话", true, 0, "(?<!\\p{Nd})[48]00[ \\-]?\\p{Nd}{3}[ \\-]?\\p{Nd}{4}(?!\\p{Nd})"},
    {"电话", true, 0,
     "(?<!\\p{Nd})(?:[(（]?[0０]\\p{Nd}{2,3}[)）]?[ \\-—]?)?[2-8２-８]\\p{Nd}{2,3}[ \\-]?\\p{Nd}{4}(?!\\p{Nd})"},
    {"电话", true, 0, "(?:[" LINLI_HAN_DIGIT "]|\\p{Nd}){7,}"},
    {"车牌", true, 0,
     "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-Za-z][·•\\-\\s]?"
     "[A-HJ-NP-Za-hj-np-z0-9]{5,6}[学警港澳挂]?(?![A-Za-z0-9])"},
    // 3-2-1502: the flat goes, house and unit stay.
    {"房", false, 1,
     "\\p{Nd}{1,3}[栋幢座号楼]{0,2}[\\-－—–](?:\\p{Nd}{1,2}(?:单元)?[\\-－—–])?(\\p{Nd}{3,4})(?!\\p{Nd})"},
    {"房", false, 1,
     "(?:单元|栋|幢|座|号楼|梯)\\s?(?:\\p{Nd}{1,2}[楼层]\\s?)?((?:\\p{Nd}|[" LINLI_HAN_DIGIT
     "]){3,4})(?![\\p{Nd}栋幢楼块元年])"},
    {"房", false, 1,
     "(?<!\\p{Nd})(\\p{Nd}{3,4})\\s?(?=室|户|房|号房|家(?![具电教政常长])|屋头|住户|业主|楼上|楼下|的业主|的住户)"},
    {"房", false, 1,
     "(?:楼上|楼下|隔壁|对面|对门|我是|我家|我住|住在|家住|房号|门牌号?|室号)[是在:：\\s]{0,3}(\\p{Nd}{3,4})"
     "(?![\\p{Nd}块元年月个天斤度米点:：.])"},
    {"房", false, 1, "(?:[一二三四五六七八九十]|\\p{Nd}){1,3}[楼层]((?:[一二三四五六七八九十]|\\p{Nd}){1,3})(?=号|室)"},
    {"门", false, 1,
     "(?:组|社|巷|弄|胡同|路|街|村|队)(\\p{Nd}{1,4}(?:[\\-附]\\p{Nd}{1,3})?)号(?![楼院线门井岗车桌口库机上下早晚前后]"
     ")"},
    {"人", false, 1, "(?:我叫|名叫|叫做|姓名|联系人|户主|本人)[是为:：\\s]{0,3}([" LINLI_SURNAME "]\\p{Han}{1,2})"},
    {"人", false, 0,
     "[" LINLI_SURNAME
     "]\\p{Han}{0,2}?(?:阿姨|大爷|大妈|大姐|大哥|大叔|大娘|师傅|老师|先生|女士|嬢嬢|孃孃|奶奶|爷爷|婆婆|"
     "太太|医生|经理|队长|主任|书记|姐|哥|叔|姨|婆|爷|嬢|孃)"},
    {"人", false, 0,
     "[小老][王李张刘陈杨赵周吴徐孙胡朱郭罗梁宋郑谢韩唐冯董程曹袁邓许沈曾彭吕苏卢蒋蔡贾魏薛](?!\\p{Han}[路街村庄])"},
    {"号码", true, 0, "\\p{Nd}{9,}"},
};

struct Compiled {
  const Look* look;
  std::unique_ptr<icu::RegexPattern> pattern;
};

std::unique_ptr<icu::RegexPattern> compiled(const char* pattern) {
  UErrorCode status = U_ZERO_ERROR;
  UParseError where;
  std::unique_ptr<icu::RegexPattern> out(icu::RegexPattern::compile(UnicodeString::fromUTF8(pattern), where, status));
  if (U_FAILURE(status)) throw std::runtime_error(std::string("pattern ") + pattern);
  return out;
}

const std::vector<Compiled>& looks() {
  static const std::vector<Compiled> all = [] {
    std::vector<Compiled> out;
    for (const Look& look : kLooks) out.push_back({&look, compiled(look.pattern)});
    return out;
  }();
  return all;
}

struct Span {
  int begin = 0, end = 0;  // UTF-16
  const char* kind = nullptr;
  std::string placeholder{};  // there for known names
  bool contact = false;
};

bool overlaps(const std::vector<Span>& spans, int begin, int end) {
  return std::ranges::any_of(spans, [&](const Span& s) { return begin < s.end && s.begin < end; });
}

template <class Take>
void each_match(const icu::RegexPattern& pattern, const UnicodeString& text, int group, Take take) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::RegexMatcher> matcher(pattern.matcher(text, status));
  while (U_SUCCESS(status) && matcher->find(status)) {
    const int begin = matcher->start(group, status), end = matcher->end(group, status);
    if (U_SUCCESS(status) && begin >= 0 && begin < end) take(begin, end);
  }
}

void find_spans(const UnicodeString& text, bool contacts, std::vector<Span>& spans) {
  for (const Compiled& c : looks())
    if (c.look->contact == contacts)
      each_match(*c.pattern, text, c.look->group, [&](int begin, int end) {
        if (!overlaps(spans, begin, end)) spans.push_back({begin, end, c.look->kind, {}, c.look->contact});
      });
}

std::string utf8(const UnicodeString& text, int begin, int end) {
  std::string out;
  text.tempSubStringBetween(begin, end).toUTF8String(out);
  return out;
}

// One form: digits in ASCII without gaps, lower case.
std::string plain(const UnicodeString& text, int begin, int end) {
  static const UnicodeString han = UnicodeString::fromUTF8("零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖");
  constexpr const char* values =
      "00123456789"
      "1"
      "123456789";
  std::string out;
  for (int i = begin; i < end; i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (const int digit = u_charDigitValue(c); digit >= 0) out += static_cast<char>('0' + digit);
    else if (const int at = han.indexOf(c); at >= 0) out += values[at];
    else if (u_isUWhiteSpace(c) || UnicodeString::fromUTF8("-‐—–·.()（）+＋　").indexOf(c) >= 0) {
      if (c == '.') out += '.';
    } else UnicodeString(u_tolower(c)).toUTF8String(out);
  }
  return out;
}

// What everybody in a group is called: hiding it would take the sense away.
bool is_common(std::string_view name) {
  static const std::set<std::string_view> words{
      "物业", "社区", "居委会", "网格员",   "网格长",     "管家",   "客服", "业主",   "邻居",   "管理员",  "群主",
      "书记", "师傅", "房东",   "中介",     "老师",       "主任",   "小区", "保安",   "保洁",   "快递",    "用户",
      "匿名", "居民", "业委会", "物业客服", "社区居委会", "志愿者", "楼长", "群助手", "机器人", "微网格员"};
  return words.contains(name);
}

// "3-2-1502李姐" -> "李姐": the last run of one script.
std::string core_of(const UnicodeString& name) {
  int end = name.length();
  const auto kind = [&](int at) {
    UErrorCode status = U_ZERO_ERROR;
    const UChar32 c = name.char32At(at);
    if (!u_isalpha(c)) return USCRIPT_INVALID_CODE;
    return uscript_getScript(c, &status);
  };
  while (end > 0 && kind(name.moveIndex32(end, -1)) == USCRIPT_INVALID_CODE) end = name.moveIndex32(end, -1);
  if (end == 0) return {};
  const auto script = kind(name.moveIndex32(end, -1));
  int begin = end;
  while (begin > 0 && kind(name.moveIndex32(begin, -1)) == script) begin = name.moveIndex32(begin, -1);
  // 栋, 单元, 室 belong to the door.
  const UnicodeString doors = UnicodeString::fromUTF8("栋幢座室楼号户");
  while (begin < end && begin > 0 && doors.indexOf(name.char32At(begin)) >= 0) begin = name.moveIndex32(begin, 1);
  return name.countChar32(begin, end - begin) < 2 ? std::string() : utf8(name, begin, end);
}

}  // namespace

std::string Masking::placeholder(std::string_view kind, std::string_view value) {
  const std::string key = std::string(kind) + '\n' + std::string(value);
  if (const auto found = given_.find(key); found != given_.end()) return found->second;
  auto count = count_.find(kind);
  if (count == count_.end()) count = count_.emplace(kind, 0).first;
  std::string out = "〔" + std::string(kind) + std::to_string(++count->second) + "〕";
  given_.emplace(key, out);
  originals_.emplace(out, value);
  return out;
}

std::string Masking::mask_name(std::string_view shown_name) {
  if (!hides() || shown_name.empty()) return std::string(shown_name);
  const std::string whole(shown_name);
  const auto known = std::ranges::find(names_, whole, &std::pair<std::string, std::string>::first);
  if (known != names_.end()) return known->second;
  const std::string core = core_of(UnicodeString::fromUTF8(whole));
  // The nickname's own number, whatever it is called: two of the same name stay two. It comes back as the name without the
  // door before it.
  const std::string given = placeholder("人", whole);
  originals_[given] = core.empty() ? whole : core;
  const auto add = [&](const std::string& needle) {
    const auto wide = UnicodeString::fromUTF8(needle);
    // One character, or digits alone, stand in too many other things; the patterns see to those.
    if (wide.countChar32() < 2 || core.empty() || is_common(needle)) return;
    if (std::ranges::find(names_, needle, &std::pair<std::string, std::string>::first) == names_.end())
      names_.emplace_back(needle, given);
  };
  add(whole);
  add(core);
  std::ranges::stable_sort(names_, [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  return given;
}

void Masking::know(std::string_view shown_name) { mask_name(shown_name); }

std::string Masking::mask(std::string_view text) {
  if (!hides()) return std::string(text);
  const auto wide = UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
  std::vector<Span> spans;
  find_spans(wide, true, spans);
  for (const auto& [needle, given] : names_) {
    const auto sought = UnicodeString::fromUTF8(needle);
    for (int at = 0; (at = wide.indexOf(sought, at)) >= 0; at += sought.length())
      if (!overlaps(spans, at, at + sought.length())) spans.push_back({at, at + sought.length(), "人", given});
  }
  find_spans(wide, false, spans);
  std::ranges::sort(spans, {}, &Span::begin);
  std::string out;
  int at = 0;
  for (const Span& span : spans) {
    out += utf8(wide, at, span.begin);
    out += span.placeholder.empty() ? placeholder(span.kind, utf8(wide, span.begin, span.end)) : span.placeholder;
    at = span.end;
  }
  return out + utf8(wide, at, wide.length());
}

std::string Masking::unmask(std::string_view text) const {
  constexpr std::string_view open = "〔", close = "〕";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find(open, at);
    if (begin == text.npos) return out += text.substr(at);
    out += text.substr(at, begin - at);
    const std::size_t end = text.find(close, begin);
    const auto found =
        end == text.npos ? originals_.end() : originals_.find(text.substr(begin, end + close.size() - begin));
    if (found == originals_.end()) {
      out += open;
      at = begin + open.size();
    } else {
      out += found->second;
      at = end + close.size();
    }
  }
  return out;
}

bool has_placeholder(std::string_view text) {
  static const auto pattern = compiled(
      "[〔\\[［【(（]\\s*(?:符|邮箱|微信|证件|卡号|电话|车牌|房|门|人|号码)\\s*\\p{Nd}{1,3}\\s*[〕\\]］】)）]|[〔〕]");
  bool found = false;
  each_match(*pattern, UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())}), 0,
             [&](int, int) { found = true; });
  return found;
}

std::vector<std::string> contacts_in(std::string_view text) {
  const auto wide = UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
  std::vector<Span> spans;
  find_spans(wide, true, spans);
  std::vector<std::string> out;
  for (const Span& span : spans) out.push_back(plain(wide, span.begin, span.end));
  return out;
}

std::vector<std::string> links_in(std::string_view text) {
  static const auto pattern = compiled(
      "(?i)(?:[a-z][a-z0-9+]{1,15}[:：]\\s?(?://|／／)[^\\s\\p{Han}，。；！？“”《》]+)|(?:(?:[a-z0-9][a-z0-9\\-]{0,62}"
      "[.．。]){1,5}(?:com|cn|net|org|gov|edu|top|xyz|vip|cc|io|info|shop|club|site|online|app|link|live|me|tk|ru|co|"
      "biz|"
      "ltd|fun|ink|work|wang|example)(?![a-z0-9])(?:[/／][^\\s\\p{Han}，。；！？“”《》]*)?)");
  const auto wide = UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
  std::vector<std::string> out;
  each_match(*pattern, wide, 0, [&](int begin, int end) {
    std::string link;
    UnicodeString(wide, begin, end - begin).toLower().toUTF8String(link);
    while (!link.empty() && std::string_view(".,;:!?)/").find(link.back()) != std::string_view::npos) link.pop_back();
    out.push_back(std::move(link));
  });
  return out;
}

std::vector<std::string> numbers_in(std::string_view text, std::size_t least) {
  const auto wide = UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
  std::vector<std::string> out;
  std::string run;
  for (int i = 0; i <= wide.length(); i = i < wide.length() ? wide.moveIndex32(i, 1) : i + 1) {
    const int digit = i < wide.length() ? u_charDigitValue(wide.char32At(i)) : -1;
    if (digit >= 0) run += static_cast<char>('0' + digit);
    else {
      if (run.size() >= least) out.push_back(run);
      run.clear();
    }
  }
  return out;
}

}  // namespace linli::assist
