// Words for people, in Chinese and English. They stand in data/messages/{zh,en}.toml, are embedded into the program and
// named by a key: the name of an error code, or a free key such as "reason.word".
//   [unknown_group]
//   text   = "群 {group} 不存在。"
//   remedy = "…"
// Both languages have the same keys with the same arguments; words_test.cpp guards it. All functions: any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace linli {

enum class Language { zh, en };

std::string_view name(Language language);                       // "zh"
std::optional<Language> parse_language(std::string_view text);  // "zh", "en"
// From the header Accept-Language: the first of ours by weight; none: zh.
Language language_from_header(std::string_view accept_language);

struct Words {
  std::string text;    // what happened
  std::string remedy;  // what to do; empty where there is nothing to do
};

// The words of an error. Beside its own arguments a text may use {place}, {line} and {field} of where it stands.
// A part in [[…]] is left out when the error lacks an argument of it; elsewhere a missing argument becomes "?".
Words words(const Error& error, Language language);

// A free key; `args` as in errors. An unknown key is returned as it is: nothing on the screen is worse than a bare key.
std::string phrase(std::string_view key, const Args& args, Language language);

// For a terminal: "FILE:LINE: text" and, on a second line, the remedy.
std::string for_terminal(const Error& error, Language language);

// For the guard test: all keys of one language, sorted; an entry as it is written (nullptr: none).
std::vector<std::string> word_keys(Language language);
const Words* word_pattern(std::string_view key, Language language);

}  // namespace linli
