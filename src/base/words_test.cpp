#include "base/words.h"

#include <gtest/gtest.h>

#include <set>

namespace linli {
namespace {

constexpr std::string_view codes[] = {
#define LINLI_ERROR(name, http_status) #name,
#include "base/errors.def"
#undef LINLI_ERROR
};

std::set<std::string> arguments(std::string_view pattern) {
  std::set<std::string> out;
  for (std::size_t at = pattern.find('{'); at != pattern.npos; at = pattern.find('{', at + 1))
    out.emplace(pattern.substr(at + 1, pattern.find('}', at) - at - 1));
  return out;
}

bool well_formed(std::string_view pattern) {
  int parts = 0;
  for (std::size_t i = 0; i + 1 < pattern.size(); ++i) {
    if (pattern.substr(i, 2) == "[[") ++parts, ++i;
    else if (pattern.substr(i, 2) == "]]") --parts, ++i;
    if (parts < 0 || parts > 1) return false;
  }
  return parts == 0;
}

TEST(Words, EveryCodeHasTextAndRemedyInBothLanguages) {
  for (const auto code : codes)
    for (const Language language : {Language::zh, Language::en}) {
      const Words* pattern = word_pattern(code, language);
      ASSERT_TRUE(pattern) << code << " in " << name(language);
      EXPECT_FALSE(pattern->text.empty()) << code;
      EXPECT_FALSE(pattern->remedy.empty()) << code;
    }
}

TEST(Words, BothLanguagesHaveTheSameKeysAndArguments) {
  EXPECT_EQ(word_keys(Language::zh), word_keys(Language::en));
  for (const std::string& key : word_keys(Language::zh)) {
    const Words* zh = word_pattern(key, Language::zh);
    const Words* en = word_pattern(key, Language::en);
    if (!en) continue;
    EXPECT_EQ(arguments(zh->text), arguments(en->text)) << key;
    EXPECT_EQ(arguments(zh->remedy), arguments(en->remedy)) << key;
    for (const auto* text : {&zh->text, &zh->remedy, &en->text, &en->remedy}) EXPECT_TRUE(well_formed(*text)) << *text;
  }
}

TEST(Words, ArgumentsAreFilledInAndPartsWithoutThemLeftOut) {
  const Error full{Errc::too_long, Where::at_field("text"), {{"max", "4000"}}};
  EXPECT_EQ(words(full, Language::en).text, "The text of text is too long, at most 4000.");
  EXPECT_EQ(words({Errc::too_long, {}, {}}, Language::en).text, "The text is too long.");
  EXPECT_EQ(words({Errc::unknown_setting, {}, {}}, Language::en).text, "There is no such setting: ?");
}

TEST(Words, TerminalShowsThePlaceAndTheRemedy) {
  const std::string text = for_terminal({Errc::bad_json, Where::at("chat.jsonl", 7), {}}, Language::en);
  EXPECT_TRUE(text.starts_with("chat.jsonl:7: This is not valid JSON.\n  Check quotes")) << text;
}

TEST(Words, UnknownKeyIsShownAsItIs) { EXPECT_EQ(phrase("no.such.key", {}, Language::zh), "no.such.key"); }

TEST(Words, LanguageFromHeader) {
  struct Row {
    const char* header;
    Language language;
  };
  constexpr Row rows[] = {
      {"", Language::zh},
      {"en", Language::en},
      {"en-GB,en;q=0.9", Language::en},
      {"fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", Language::en},
      {"zh-CN,zh;q=0.9,en;q=0.8", Language::zh},
      {"EN;q=0.3, zh-TW;q=0.7", Language::zh},
      {"english", Language::zh},  // not a language tag of ours
      {"en;q=0", Language::zh},
      {"en;q=nonsense", Language::zh},
  };
  for (const Row& row : rows) EXPECT_EQ(language_from_header(row.header), row.language) << row.header;
}

TEST(Result, CodesHaveNamesAndStatus) {
  EXPECT_EQ(name(Errc::unknown_group), "unknown_group");
  EXPECT_EQ(http_status(Errc::overloaded), 503);
  EXPECT_EQ(name(Errc::internal), codes[std::size(codes) - 1]);
}

}  // namespace
}  // namespace linli
