// Chat completions as llama.cpp, vLLM, Ollama, DashScope and DeepSeek speak them: only what all of them take is sent, and
// what they answer is read however they differ. Pure functions; bytes come from outside and may be anything.
#pragma once
#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace linli::assist {

// How strictly a server can be held to a form; the first that it takes is used.
enum class Form { json_schema, json_object, free };
std::string_view name(Form form);

struct Said {
  enum class By { system, user, assistant } by = By::user;
  std::string words;
};

struct Request {
  std::string model;
  std::vector<Said> said;
  double temperature = 0;
  int most_tokens = 1000;
  Form form = Form::free;
  std::string schema_name{};                   // json_schema
  const boost::json::value* schema = nullptr;  // json_schema
  bool stream = false;
};
std::string body_of(const Request& request);

struct Completion {
  std::string content;  // reasoning is never kept
  std::string finish;   // "stop", "length", "content_filter" …
  std::string model;
  std::int64_t prompt_tokens = 0, answer_tokens = 0;  // 0: the server does not tell
};
// None: it is no completion.
std::optional<Completion> read_completion(std::string_view body);

// What an error's body says: its type or code, and its message. Empty: nothing to be read.
struct Complaint {
  std::string kind, message;
};
Complaint read_complaint(std::string_view body);

// Server-sent events, byte by byte: pieces may be cut anywhere, also within a character.
class StreamReader {
 public:
  // `piece` gets whole characters only. False: it is over (done or broken), take no more.
  bool take(std::string_view bytes, const std::function<void(std::string_view)>& piece);

  bool done() const { return done_; }                                       // [DONE] came: the answer is whole
  const std::optional<Complaint>& complaint() const { return complaint_; }  // an error inside the stream
  const Completion& completion() const { return completion_; }

 private:
  bool line(std::string_view line, const std::function<void(std::string_view)>& piece);
  bool frame(const std::function<void(std::string_view)>& piece);

  std::string rest_;  // of a line
  std::string data_;  // of a frame
  std::string cut_;   // bytes of a character that is not whole yet
  Completion completion_;
  std::optional<Complaint> complaint_;
  bool done_ = false, broken_ = false, has_data_ = false;
};

// The answer without thoughts (<think>…</think>) and code fence. Thoughts that do not end leave nothing.
std::string without_thoughts(std::string_view content);
// The JSON in it: without fence and words around; empty: there is none.
std::string json_part(std::string_view content);

// Of JSON that is still coming: the text of this member of the outermost object as far as it is there.
std::string partial_text(std::string_view content, std::string_view member);

}  // namespace linli::assist
