// Sends what is due by Web Push: many requests at once, so that one slow push service keeps nobody else waiting. A delivery goes
// to all browsers of its person and is sent when one took it; browsers that are gone (404, 410) are forgotten. Each browser shows a
// delivery once, whatever comes again (web/src/worker).
#pragma once
#include <map>
#include <memory>
#include <set>

#include "notify/letters.h"
#include "people/fetch.h"

namespace linli::notify {

// How long a push service keeps it for a browser that sleeps, and how much it may cost a phone (RFC 8030, 5.2 and 5.3).
struct PushTerms {
  std::chrono::seconds ttl;
  const char* urgency;
};
PushTerms push_terms(Kind kind);
// {"id", "kind", "body", "url"}: no words of residents.
std::string push_message(const Letter& letter);

class PushLane {
 public:
  struct Options {
    PushKeys keys;
    std::string contact;       // "https://…" or "mailto:…", told to push services; empty: none
    bool private_too = false;  // to addresses of the office's own network and this machine
    std::size_t at_once = 200;
    std::chrono::milliseconds limit{10'000};
  };
  PushLane(Letters& letters, Options options);

  // Takes what is due and goes on with what runs; waits at most so long. False: the database could not be read or written.
  bool turn(std::chrono::milliseconds wait);
  bool idle() const { return open_.empty() && fetches_.running() == 0; }
  void wake() { fetches_.wake(); }  // any thread

 private:
  struct Open {  // a letter, until all its browsers have answered
    Letter letter;
    std::size_t waiting = 0;
    bool sent = false;
    std::optional<Sender::Said> later, refused;
    std::vector<PushSubscriptionId> gone, told;
  };
  bool take();
  void send(Letter letter);
  void answered(const std::shared_ptr<Open>& open, const PushSubscription& browser, Result<Fetched> answer);
  bool keep();
  const std::string& authorization(const std::string& origin);

  Letters& letters_;
  const Options options_;
  std::set<std::shared_ptr<Open>> open_;
  std::vector<std::shared_ptr<Open>> done_;
  std::map<std::string, std::pair<Instant, std::string>> authorizations_;  // by origin, until
  std::map<std::string, Instant> held_;                                    // origins that asked not to be called before
  Fetches fetches_;
};

}  // namespace linli::notify
