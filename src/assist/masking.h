// What is hidden of residents before their words leave for a model that stands elsewhere, and how it comes back in the
// answer. The same value gives the same placeholder within one request, so the model can still tell people apart:
//
//   Masking masking;
//   masking.know("3-2-1502李姐");
//   masking.mask("李姐13812345678在3-2-1502")  ->  "〔人1〕〔电话1〕在3-2-〔房1〕"
//   masking.unmask("请联系〔人1〕")             ->  "请联系李姐"
//
// Hidden: names of those who speak and names that read as such (王师傅, 我叫…), telephone numbers (also with gaps, in full
// width, in Chinese digits), identity cards, bank cards, car plates, flats and village doors (house and unit stay: the model
// needs them to tell one leak from two), WeChat and QQ names, e-mail addresses, long numbers of any other kind.
// Not hidden: who somebody is without saying a name (the teacher's mother on the third floor). One request, one thread.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace linli::assist {

class Masking {
 public:
  enum class Hide { yes, no };  // no: the server stands on the district's own machines; texts pass as they are
  explicit Masking(Hide hide = Hide::yes) : hide_(hide) {}

  // A name as the chat shows it: hidden as a whole, and its last part (李姐) wherever it stands in texts masked later.
  void know(std::string_view shown_name);

  // Valid UTF-8 in, valid UTF-8 out. What looks like a placeholder already is hidden too, so that nobody can write one.
  std::string mask(std::string_view text);
  // A name alone, as of a sender.
  std::string mask_name(std::string_view shown_name);

  // Every placeholder that this request gave goes back; others stay as they are (see has_placeholder).
  std::string unmask(std::string_view text) const;

  bool hides() const { return hide_ == Hide::yes; }

 private:
  std::string placeholder(std::string_view kind, std::string_view value);

  const Hide hide_;
  std::vector<std::pair<std::string, std::string>> names_;  // what is looked for, its placeholder; longest first
  std::map<std::string, std::string, std::less<>> given_, originals_;  // kind+value -> placeholder -> value
  std::map<std::string, int, std::less<>> count_;
};

// Whether something stands in it that only a model can have left: a placeholder that nobody gave.
bool has_placeholder(std::string_view text);

// Telephone numbers, identity and bank cards, plates, e-mail addresses, WeChat names, in one form each (digits only, lower
// case): what must not appear in a reply unless a source says it.
std::vector<std::string> contacts_in(std::string_view text);
// Addresses of pages: with a scheme, or a bare domain.
std::vector<std::string> links_in(std::string_view text);
// Runs of digits of at least `least`, in ASCII.
std::vector<std::string> numbers_in(std::string_view text, std::size_t least);

}  // namespace linli::assist
