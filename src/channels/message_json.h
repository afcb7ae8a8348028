// A message's JSON, for all ways in: the body of the webhook, the lines of a chat log. Members are those of docs/openapi.yaml
// (Message); others are ignored, whatever they hold. Pure; any thread.
//
// What is wrong with one message refuses that message, never its neighbours: a batch is cut into its elements first,
// and each is parsed by itself. Only what makes the cutting impossible (an unclosed bracket or string, text after the
// end) refuses the body as a whole.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "channels/message.h"

namespace linli {

// Characters are code points. The same numbers stand in docs/openapi.yaml.
struct MessageLimits {
  std::size_t id_characters = 128;  // id, group, sender, reply_to, recalls, each mention; also both names
  std::size_t text_characters = 16'384;
  std::size_t mentions = 200;
  std::size_t attachments = 9;
  std::size_t attachment_name_characters = 255;
  std::size_t media_type_characters = 127;
};

struct BatchLimits {
  std::size_t messages = 5'000;
  std::size_t bytes = 4u << 20;
  MessageLimits message;
};

// Errors: bad_json, missing_field, bad_value, bad_utf8, nul_character, too_long, bad_time (no offset, unreadable, before
// the year 2000 or after 2099); where().field names the member ("mentions", "attachments[2].media_type").
class MessageParser {  // keeps its buffers: one for a thread, many messages
 public:
  explicit MessageParser(MessageLimits limits = {});
  ~MessageParser();
  MessageParser(MessageParser&&) noexcept;

  Result<Message> parse(std::string_view json);
  // The same without a copy: `capacity` bytes at json.data() can be read (at least 64 more than json has).
  Result<Message> parse_padded(std::string_view json, std::size_t capacity);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

enum class BodyForm { json, ndjson };  // json: one object, or an array of them; ndjson: one object a line
// By the media type, parameters aside: application/json; application/x-ndjson, application/ndjson, application/jsonl.
std::optional<BodyForm> body_form(std::string_view content_type);

struct Refusal {
  std::size_t index = 0;  // place in the batch, from 0 (ndjson: blank lines do not count)
  Error error;
};

struct Batch {
  std::vector<Message> messages;  // in their order, without the refused ones
  std::vector<Refusal> refused;
};

// Takes the body, because the parser reads some bytes beyond its end and makes the room for them.
// Errors: bad_json (the whole cannot be cut), too_many_messages, body_too_large.
Result<Batch> parse_batch(std::string body, BodyForm form, const BatchLimits& limits = {});

// Appends one line of JSON without a line end. Parsing it gives the same message.
void append_json(std::string& out, const Message& message);

}  // namespace linli
