#include "assist/prompts.h"

#include <sodium.h>

#include <toml++/toml.h>
#include <array>
#include <boost/json.hpp>
#include <stdexcept>

#include "assist/schema.h"
#include "base/embedded.h"
#include "understand/taxonomy.h"

namespace linli::assist {
namespace {

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size()) text.replace(at, what.size(), by);
  return text;
}

Prompt read(Task task) {
  const std::string path = std::string(name(task)) + ".toml";
  for (const EmbeddedFile& file : embedded::prompts()) {
    if (file.path != path) continue;
    const toml::table table = toml::parse(file.bytes);
    std::string lines, codes;
    for (const Category& category : Taxonomy::embedded().categories()) {
      lines += category.code + " " + category.zh + "\n";
      codes += (codes.empty() ? "\"" : ",\"") + category.code + "\"";
    }
    Prompt out{task};
    out.version = table["version"].value_or(0);
    out.temperature = table["temperature"].value_or(0.0);
    out.most_tokens = table["most_tokens"].value_or(0);
    out.system = replaced(table["system"].value_or(std::string()), "{{categories}}\n", lines);
    boost::json::error_code broken;
    out.schema =
        boost::json::parse(replaced(table["schema"].value_or(std::string()), "\"{{category_codes}}\"", codes), broken);
    if (broken || out.version < 1 || out.most_tokens < 1 || out.system.empty() || unknown_word(out.schema))
      throw std::runtime_error("data/prompts/" + path);
    unsigned char hash[crypto_generichash_BYTES_MIN];
    crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(file.bytes.data()), file.bytes.size(),
                       nullptr, 0);
    char hex[9];
    out.fingerprint = sodium_bin2hex(hex, sizeof hex, hash, 4);
    return out;
  }
  throw std::runtime_error("data/prompts/" + path);
}

}  // namespace

const Prompt& prompt_of(Task task) {
  static const std::array<Prompt, 4> all{read(Task::refine), read(Task::judge), read(Task::draft), read(Task::polish)};
  return all[static_cast<std::size_t>(task)];
}

}  // namespace linli::assist
