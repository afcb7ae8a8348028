// The live feed: what happens, told to every open console. Events come from the outbox after their commit; each is
// dressed (its lead's summary read) once for all listeners and kept in a short memory. A listener is no more than a
// position: who falls behind the memory reads from the outbox until caught up, so a slow one costs nothing and
// misses nothing. What is addressed to one person is told to that person only. Hundreds of listeners are cheap; without any, nothing is read.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "api/http.h"
#include "api/lead_json.h"
#include "people/actor.h"
#include "store/outbox.h"
#include "store/sealing.h"
#include "store/writer.h"

namespace linli::api {

class Stream {
 public:
  struct Options {
    std::size_t memory_events = 2'000;
    std::size_t memory_bytes = 8u << 20;
    std::size_t page = 200;  // events read at a time by one who is behind
    std::size_t max_listeners = 2'000;
  };
  using Post = std::function<void(UniqueFunction<void()>)>;  // onto the I/O thread; any thread may call it

  Stream(Outbox& outbox, Readers& readers, const Sealer& sealer, const Clock& clock, Labels labels, Post post,
         Options options);
  Stream(Outbox& outbox, Readers& readers, const Sealer& sealer, const Clock& clock, Labels labels, Post post);
  ~Stream();

  // Looks where the outbox stands and listens. Before the first open().
  Result<void> start();
  // Nothing more is told; posted tasks that come later do nothing. Before the readers stop.
  void stop();

  struct Listener {
    Actor actor;
    std::string session;  // its id, which close_session() names
    Instant until{};      // the session's end or the day's, whichever comes first: then the stream ends
    UserId owner{};       // of an API key: who made it
  };
  // I/O thread. After this position, or from now on when there is none; a position that is no longer kept, or not yet
  // given, is answered by `event: reset`. Error: overloaded.
  Result<std::unique_ptr<Feed>> open(Listener listener, std::optional<Position> after);

  // I/O thread. Ends the streams of a session that was signed out.
  void close_session(std::string_view session);
  // I/O thread. The same for all of a user who was disabled or whose roles have changed, and of the API keys they made:
  // consoles connect again and miss nothing.
  void close_user(UserId user);

  std::size_t listeners() const;  // any thread

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace linli::api
