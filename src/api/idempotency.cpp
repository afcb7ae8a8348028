// Idempotency-Key: the answers of posts are kept for a day beside the one who asked.
#include <charconv>

#include "api/call.h"

namespace linli::api {
namespace {

constexpr std::size_t kMaxKey = 100;
constexpr std::string_view kPlace = "idempotency_keys.answer";

Digest digest_of(const Call& call) {
  std::string what(name(call.request.method));
  for (const std::string_view part :
       {std::string_view(call.request.path), call.request.header("if-match"), std::string_view(call.request.body)}) {
    what += '\n';
    what += part;
  }
  return call.services.sealer.digest("idempotency_keys.request_hash", what);
}

std::string_view bytes(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

}  // namespace

// The kept text: the ETag, a line end, the body.
Result<std::optional<Response>> earlier_answer(const Call& call, Tx& tx) {
  const std::string_view key = call.request.header("idempotency-key");
  if (key.empty()) return std::optional<Response>{};
  if (key.size() > kMaxKey)
    return linli::fail(Errc::too_long, Where::at_field("Idempotency-Key"), {{"max", std::to_string(kMaxKey)}});
  const Digest request = digest_of(call);
  bool same = false;
  int status = 0;
  std::string sealed;
  auto found = tx.first("SELECT status, answer, request_hash FROM idempotency_keys WHERE user_id = $1 AND key = $2",
                        {call.caller_id(), key}, [&](const Row& row) {
                          status = row.get<int>(0);
                          sealed = row.get<std::string>(1);
                          same = row.bytes(2) == bytes(request);
                        });
  if (!found) return tl::unexpected(std::move(found).error());
  if (!*found) return std::optional<Response>{};
  if (!same) return linli::fail(Errc::idempotency_conflict, Where::at_field("Idempotency-Key"));
  auto kept = call.services.sealer.open(kPlace, sealed);
  if (!kept) return tl::unexpected(std::move(kept).error());
  const std::size_t line = kept->find('\n');
  Response response = json_answer(status, kept->substr(line + 1));
  if (line > 0) response.headers.emplace_back("etag", kept->substr(0, line));
  return std::optional<Response>(std::move(response));
}

Result<void> keep_answer(const Call& call, Tx& tx, const Response& response) {
  const std::string_view key = call.request.header("idempotency-key");
  if (key.empty()) return {};
  std::string kept;
  for (const auto& [name, value] : response.headers) {
    if (name == "etag") kept = value;
  }
  (kept += '\n') += response.body;
  const Instant now = call.services.clock.now();
  const Digest request = digest_of(call);
  const std::string sealed = call.services.sealer.seal(kPlace, kept);
  LINLI_TRY(tx.run("DELETE FROM idempotency_keys WHERE created_at < $1", {now - std::chrono::hours(24)}));
  LINLI_TRY(
      tx.run("INSERT INTO idempotency_keys (user_id, key, request_hash, status, answer, created_at) VALUES ($1, $2, "
             "$3, $4, $5, $6)",
             {call.caller_id(), key, Blob{bytes(request)}, response.status, Blob{sealed}, now}));
  return {};
}

}  // namespace linli::api
