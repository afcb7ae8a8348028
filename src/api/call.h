// One request on its way through a handler: read, decide, store, answer. Handlers begin on the I/O thread and do not block
// there; what needs the database goes on in read() or write().
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/http.h"
#include "api/services.h"
#include "base/log.h"
#include "people/api_keys.h"
#include "people/audit.h"

namespace linli::api {

class Call {
 public:
  Call(Services& s, Request r, Reply reply) : services(s), request(std::move(r)), reply_(std::move(reply)) {}

  Services& services;
  Request request;
  Language language = Language::zh;
  std::optional<Session> session;  // there in routes for Caller::session and person; with a key it is its owner's
  std::optional<ApiKey> api_key;   // instead of a browser's session
  std::string session_token;
  std::int64_t link_id = 0;  // a resident's link, where a public route is called by one

  const Actor& actor() const { return session->actor; }
  // Of the user or the key: what this caller does twice is told apart from others by it.
  std::int64_t caller_id() const { return api_key ? api_key->id.value : session ? session->user.id.value : link_id; }
  // Who it is to the audit log.
  audit::By by() const {
    if (api_key) return audit::By::api_key(api_key->id);
    return session ? audit::By::user(session->user.id) : audit::By{};
  }
  // An entry of the audit log about this call; the detail is an object of ids, counts and choices.
  audit::Entry entry(std::string what, std::string object_kind = {}, std::string object_id = {},
                     std::string detail = {}) const;

  // Once, any thread.
  void answer(Response response) { reply_(std::move(response)); }
  void fail(const Error& error) { answer(problem(error, language, request.id)); }
  void answer(Result<Response> result) {
    if (result) answer(*std::move(result));
    else fail(result.error());
  }

 private:
  Reply reply_;
};

// What a write gives: the answer, and what to keep in memory (on the writer's thread, after the commit, before the answer).
struct Written {
  Response response;
  std::function<void()> kept;
};

// `work` is Result<Response>(Call&, Tx&), on a reader's thread.
template <class F>
void read(Call call, F work) {
  auto shared = std::make_shared<Call>(std::move(call));
  auto taken = shared->services.readers.submit([shared, work = std::move(work)](Result<Tx*> tx) mutable {
    if (!tx) return shared->fail(tx.error());
    try {
      shared->answer(work(*shared, **tx));
    } catch (const std::exception& e) {
      log::error("http.handler_failed", {{"request", shared->request.id}, {"what", e.what()}});
      shared->fail({Errc::internal, {}, {}});
    }
  });
  if (!taken) shared->fail(taken.error());
}

// In a write(): adds call.entry(…) to the audit log, in the same transaction.
Result<void> record(const Call& call, Tx& tx, std::string what, std::string object_kind = {},
                    std::string object_id = {}, std::string detail = {});

// What a look at data gives that the audit log must know of.
struct Looked {
  Response response;
  audit::Entry entry;
};
// read() whose answer goes out only after its entry is durable. `work` is Result<Looked>(Call&, Tx&).
template <class F>
void read_recorded(Call call, F work) {
  auto shared = std::make_shared<Call>(std::move(call));
  auto taken = shared->services.readers.submit([shared, work = std::move(work)](Result<Tx*> tx) mutable {
    if (!tx) return shared->fail(tx.error());
    auto looked = std::make_shared<std::optional<Looked>>();
    try {
      auto result = work(*shared, **tx);
      if (!result) return shared->fail(result.error());
      looked->emplace(*std::move(result));
    } catch (const std::exception& e) {
      log::error("http.handler_failed", {{"request", shared->request.id}, {"what", e.what()}});
      return shared->fail({Errc::internal, {}, {}});
    }
    auto written = shared->services.writer.submit(
        [shared, looked](Tx& wtx) -> Result<void> {
          LINLI_TRY(audit::add(wtx, shared->services.sealer, (*looked)->entry));
          return {};
        },
        [shared, looked](Result<void> done) {
          if (!done) return shared->fail(done.error());
          shared->answer(std::move((*looked)->response));
        });
    if (!written) shared->fail(written.error());
  });
  if (!taken) shared->fail(taken.error());
}

// `work` is Result<Written>(Call&, Tx&), on the writer's thread; it may run twice. A work of very many statements that hardly
// ever fails goes without a savepoint (store/writer.h): within one, SQLite's statements get dearer the more there were.
template <class F>
void write(Call call, F work, Guard guard = Guard::savepoint) {
  auto shared = std::make_shared<Call>(std::move(call));
  auto written = std::make_shared<std::optional<Written>>();
  auto taken = shared->services.writer.submit(
      [shared, written, work = std::move(work)](Tx& tx) mutable -> Result<void> {
        auto result = work(*shared, tx);
        if (!result) return tl::unexpected(std::move(result).error());
        written->emplace(*std::move(result));
        return {};
      },
      [shared, written](Result<void> done) {
        if (!done) return shared->fail(done.error());
        if ((*written)->kept) (*written)->kept();
        shared->answer(std::move((*written)->response));
      },
      {.guard = guard, .by = Deadline::in(std::chrono::seconds(10))});
  if (!taken) shared->fail(taken.error());
}

// The answer of an earlier call with the same Idempotency-Key, if there is one. Errors: idempotency_conflict (the key came
// with another request), too_long.
Result<std::optional<Response>> earlier_answer(const Call& call, Tx& tx);
Result<void> keep_answer(const Call& call, Tx& tx, const Response& response);

// write(), and the same Idempotency-Key again gets the first answer and changes nothing.
template <class F>
void write_once(Call call, F work, Guard guard = Guard::savepoint) {
  write(
      std::move(call),
      [work = std::move(work)](Call& c, Tx& tx) mutable -> Result<Written> {
        auto earlier = earlier_answer(c, tx);
        if (!earlier) return tl::unexpected(std::move(earlier).error());
        if (*earlier) return Written{**std::move(earlier), {}};
        auto result = work(c, tx);
        if (!result) return result;
        LINLI_TRY(keep_answer(c, tx, result->response));
        return result;
      },
      guard);
}

}  // namespace linli::api
