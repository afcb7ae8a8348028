#include "notify/push_lane.h"

#include <boost/json.hpp>

#include "base/log.h"

namespace linli::notify {

namespace json = boost::json;
using namespace std::chrono_literals;
using How = Sender::Said::How;

PushTerms push_terms(Kind kind) {
  switch (kind) {
    case Kind::emergency: return {1h, "high"};  // as long as it rings
    case Kind::call_leader: return {10min, "high"};
    case Kind::amber: return {5min, "normal"};  // then the next step is told
    case Kind::test: return {1min, "high"};
    case Kind::breach:
    case Kind::webhook_off: break;
  }
  return {24h, "normal"};
}

std::string push_message(const Letter& letter) {
  const Delivery& first = letter.of.front();
  std::string body;
  for (const std::string& line : letter.lines) (body += body.empty() ? "" : "\n") += line;
  return json::serialize(json::object{{"id", to_text(first.id)},
                                      {"kind", name(first.kind)},
                                      {"body", cut(std::move(body), 1'000)},
                                      {"url", letter.of.size() > 1 ? "/" : page_of(first.kind, only(letter))}});
}

PushLane::PushLane(Letters& letters, Options options) : letters_(letters), options_(std::move(options)) {}

bool PushLane::turn(std::chrono::milliseconds wait) {
  bool well = true;
  if (fetches_.running() < options_.at_once) well = take();
  fetches_.poll(fetches_.running() > 0 ? std::min(wait, 50ms) : wait);
  return keep() && well;
}

bool PushLane::take() {
  auto due = letters_.due(Way::push, static_cast<int>(options_.at_once - fetches_.running()));
  if (!due) {
    log::error("notify.unreadable", due.error());
    return false;
  }
  if (due->empty()) return true;
  auto begun = letters_.begin(*std::move(due));
  if (!begun) return false;
  if (begun->empty()) return true;
  std::vector<std::vector<Delivery>> groups;
  for (Delivery& d : *begun) groups.push_back({std::move(d)});
  auto letters = letters_.write(groups);
  if (!letters) {
    log::error("notify.unreadable", letters.error());
    for (auto& group : groups) {
      auto open = std::make_shared<Open>();
      open->letter.of = std::move(group);
      open->later = Sender::Said{How::again, {}, {}};
      done_.push_back(std::move(open));
    }
    return false;
  }
  for (Letter& letter : *letters) send(std::move(letter));
  return true;
}

const std::string& PushLane::authorization(const std::string& origin) {
  auto& [until, header] = authorizations_[origin];
  const Instant now = letters_.now();
  if (header.empty() || until < now + 1h) {
    until = now + 12h;
    header = vapid(options_.keys, origin, options_.contact, until);
  }
  return header;
}

void PushLane::send(Letter letter) {
  auto open = std::make_shared<Open>();
  open->letter = std::move(letter);
  if (open->letter.gone) {
    done_.push_back(std::move(open));
    return;
  }
  const Delivery& first = open->letter.of.front();
  const PushTerms terms = push_terms(first.kind);
  const std::string message = push_message(open->letter);
  const Instant now = letters_.now();
  open->waiting = open->letter.browsers.size();
  open_.insert(open);
  for (const PushSubscription& browser : open->letter.browsers) {
    const std::string origin = origin_of(browser.browser.endpoint);
    if (const auto held = held_.find(origin); held != held_.end() && held->second > now) {
      open->later =
          Sender::Said{How::again, {}, "HTTP 429", std::chrono::ceil<std::chrono::seconds>(held->second - now)};
      answered(open, browser, fail(Errc::too_many_requests));
      continue;
    }
    auto sealed = seal_for(browser.browser, message);
    if (!sealed) {
      answered(open, browser, fail(Errc::bad_value));
      continue;
    }
    Outgoing request{.url = browser.browser.endpoint, .body = *std::move(sealed)};
    request.headers = {"content-type: application/octet-stream",    "content-encoding: aes128gcm",
                       "ttl: " + std::to_string(terms.ttl.count()), std::string("urgency: ") + terms.urgency,
                       "authorization: " + authorization(origin),   "expect:"};
    // What is newer of the same lead takes the place of what the browser has not fetched yet.
    if (const LeadId lead = only(open->letter).lead) request.headers.push_back("topic: " + to_text(lead).substr(0, 32));
    request.outside = !options_.private_too;
    fetches_.add(
        std::move(request),
        [this, open, browser](Result<Fetched> answer) { answered(open, browser, std::move(answer)); }, options_.limit);
  }
}

void PushLane::answered(const std::shared_ptr<Open>& open, const PushSubscription& browser, Result<Fetched> answer) {
  if (!answer) {
    std::string why;
    for (const auto& [key, value] : answer.error().args)
      if (key == "why") why = value;
    if (answer.error().code == Errc::bad_value) open->refused = Sender::Said{How::failed, {}, "no such browser"};
    else if (answer.error().code != Errc::too_many_requests) open->later = Sender::Said{How::again, {}, why};
  } else if (answer->status >= 200 && answer->status < 300) {
    open->sent = true;
    open->told.push_back(browser.id);
  } else if (answer->status == 404 || answer->status == 410) {
    open->gone.push_back(browser.id);
    open->refused = Sender::Said{How::failed, {}, "HTTP " + std::to_string(answer->status)};
  } else if (answer->status == 429 || answer->status >= 500) {
    open->later = Sender::Said{How::again, {}, "HTTP " + std::to_string(answer->status), answer->retry_after};
    if (answer->status == 429 && answer->retry_after > 0s)
      held_[origin_of(browser.browser.endpoint)] =
          letters_.now() + std::min<std::chrono::seconds>(answer->retry_after, 30min);
  } else {
    open->refused = Sender::Said{How::failed, {}, "HTTP " + std::to_string(answer->status)};
  }
  if (--open->waiting > 0) return;
  open_.erase(open);
  done_.push_back(open);
}

// Of all that have ended, in one transaction.
bool PushLane::keep() {
  if (done_.empty()) return true;
  std::vector<Delivery> settled;
  auto ended = std::exchange(done_, {});
  for (const auto& open : ended) {
    Letter& letter = open->letter;
    if (open->sent) letters_.settle(letter, {How::sent, {}, {}});
    else if (open->later) letters_.settle(letter, *open->later);
    else if (open->refused) letters_.settle(letter, *open->refused);
    else letters_.settle(letter, {How::failed, {}, {}}, Letters::kOff);
    settled.insert(settled.end(), letter.of.begin(), letter.of.end());
  }
  const Instant now = letters_.now();
  return letters_.keep(std::move(settled), [&](Tx& tx) -> Result<void> {
    for (const auto& open : ended) {
      for (const auto id : open->gone) LINLI_TRY(push_subscriptions::gone(tx, id));
      for (const auto id : open->told) LINLI_TRY(push_subscriptions::told(tx, id, now));
    }
    return {};
  });
}

}  // namespace linli::notify
