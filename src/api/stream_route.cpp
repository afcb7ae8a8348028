#include <algorithm>
#include <charconv>

#include "api/handlers.h"
#include "api/stream.h"

namespace linli::api {

// Last-Event-ID is newer than ?after=, which stays in the address when a browser connects again.
void open_stream(Call call) {
  std::optional<Position> after;
  std::string text(call.request.header("last-event-id"));
  const bool from_header = !text.empty();
  if (!from_header) text = call.request.query_value("after").value_or("");
  if (!text.empty()) {
    Position position = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
    if (error != std::errc{} || end != text.data() + text.size() || position < 0) {
      return call.fail({Errc::bad_value, Where::at_field(from_header ? "Last-Event-ID" : "after"), {}});
    }
    after = position;
  }
  const std::string who = call.api_key ? to_text(call.api_key->id) : to_text(call.session->id);
  // Roles are held by days: tomorrow the stream is opened anew.
  const Instant tomorrow = call.services.zone.at(call.actor().today + 1);
  const UserId owner = call.api_key ? call.api_key->owner : UserId{};
  auto feed =
      call.services.stream->open({call.actor(), who, std::min(call.session->expires_at, tomorrow), owner}, after);
  if (!feed) return call.fail(feed.error());
  Response response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("x-accel-buffering", "no");  // proxies: pass it on at once
  response.feed = *std::move(feed);
  call.answer(std::move(response));
}

}  // namespace linli::api
