// What the companion says and what it listens for: data/companion/words.toml, one version for all of it.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assist/companion_rules.h"

namespace linli::companion {

class Words {
 public:
  // Lives as long as the program. Throws std::runtime_error when the program was built with a broken file.
  static const Words& embedded();

  int version() const { return version_; }

  // say("greet", …) with {机器}, {地点} … filled in. What stands in 〔 〕 goes where one of its values is empty. A name
  // that is not there throws: the file is wrong.
  using Values = std::map<std::string, std::string, std::less<>>;
  std::string say(std::string_view name, const Values& values = {}) const;
  // First what to do, with the district's numbers. `kind`: of danger().
  std::string guidance(std::string_view kind, const Rules& rules) const;

  // Of texts in normal form (base/normal_form.h).
  std::string_view danger(std::string_view text) const;           // which kind of guidance; empty: no such word
  std::string_view guidance_of(std::string_view category) const;  // empty: none
  bool named(std::string_view text) const;  // danger that only people answer, and never in a group
  std::string_view never(std::string_view text,
                         const Rules& rules) const;  // medical, legal, political, district; empty
  // A compound or a part of any house (荷塘苑, 楼道) does not tell where to go; a number or a landmark does.
  bool tells_where(std::string_view place) const;
  // The whole text, but for marks and blanks, is one of the list (stop, human, hello, thanks, ack), or, of "who", has one.
  bool is(std::string_view list, std::string_view text) const;

  // A promise, or that it were a human, which `given` does not say: nobody may have phrased it so.
  bool promises(std::string_view text, std::string_view given = {}) const;

  // All that it may say of itself, for the guard that reads every word.
  std::vector<std::string> sayings() const;

 private:
  Words();
  using Lists = std::map<std::string, std::vector<std::string>, std::less<>>;
  int version_ = 0;
  std::map<std::string, std::string, std::less<>> say_, guidance_, guidance_phone_, guidance_of_;
  std::vector<std::pair<std::string, std::vector<std::string>>> danger_;  // in the order in which it is asked
  Lists named_, never_, never_said_, listen_;
};

// Letters, digits and Chinese characters only, in normal form: what "停。" and "停" have in common.
std::string bare(std::string_view text);

}  // namespace linli::companion
