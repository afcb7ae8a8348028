#include "notify/wecom.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "notify/text.h"
#include "people/fetch.h"

namespace linli::notify {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using How = Sender::Said::How;

constexpr std::array<std::int64_t, 3> kTokenDead{40014, 42001, 41001};
constexpr std::array<std::int64_t, 3> kLater{-1, 45009, 45033};

// What came back: an object with an errcode, or what to make of its lack.
struct Answer {
  json::object body;
  std::int64_t code = 0;
  std::optional<Sender::Said> none;
};

Answer ask(const Outgoing& request) {
  auto answer = fetch(request);
  if (!answer) {
    std::string why;
    bool arrived = true;
    for (const auto& [key, value] : answer.error().args) {
      if (key == "why") why = value;
      if (key == "sent" && value == "no") arrived = false;
    }
    return {{}, 0, Sender::Said{arrived ? How::unknown : How::again, {}, why}};
  }
  if (answer->status != 200)
    return {{},
            0,
            Sender::Said{answer->status == 429 || answer->status == 503 ? How::again
                         : answer->status >= 500                        ? How::unknown
                                                                        : How::failed,
                         {},
                         "HTTP " + std::to_string(answer->status),
                         answer->retry_after}};
  json::error_code broken;
  json::value value = json::parse(answer->body, broken);
  const json::value* code = !broken && value.is_object() ? value.as_object().if_contains("errcode") : nullptr;
  if (!code || !code->is_int64()) return {{}, 0, Sender::Said{How::unknown, {}, "no errcode"}};
  return {value.as_object(), code->as_int64(), {}};
}

bool one_of(const auto& codes, std::int64_t code) { return std::ranges::find(codes, code) != codes.end(); }

Sender::Said judged(std::int64_t code) {
  const bool later = one_of(kLater, code) || one_of(kTokenDead, code);
  return {later ? How::again : How::failed, {}, "errcode " + std::to_string(code), code == 45009 ? 60s : 0s};
}

std::string base_of(const std::string& url) { return url.ends_with('/') ? url.substr(0, url.size() - 1) : url; }

}  // namespace

Sender::Said Wecom::fetch_token(const DistrictWay& way, Instant now) {
  const std::string of = way.url + '\n' + way.app.corp + '\n' + way.app.secret;
  if (of == token_of_ && now < token_until_) return {How::sent, {}, {}};
  token_of_.clear();
  const Answer answer = ask({.url = base_of(way.url) + "/cgi-bin/gettoken?corpid=" + percent_encoded(way.app.corp) +
                                    "&corpsecret=" + percent_encoded(way.app.secret)});
  if (answer.none) {
    auto said = *answer.none;
    if (said.how == How::unknown) said.how = How::again;  // asking for a token tells nobody anything
    return said;
  }
  if (answer.code != 0) return judged(answer.code);
  const auto* token = answer.body.if_contains("access_token");
  const auto* lasts = answer.body.if_contains("expires_in");
  if (!token || !token->is_string() || !lasts || !lasts->is_int64()) return {How::failed, {}, "no access_token"};
  token_ = token->as_string();
  token_until_ = now + std::chrono::seconds(lasts->as_int64()) - 5min;
  token_of_ = of;
  return {How::sent, {}, {}};
}

Sender::Said Wecom::send(const DistrictWay& way, const Message& m, Instant now) {
  json::object body{{"touser", m.to}, {"agentid", way.app.agent}};
  if (m.link.empty()) {
    body["msgtype"] = "text";
    body["text"] = {{"content", cut(m.text, 2'048)}};
  } else {
    body["msgtype"] = "textcard";
    body["textcard"] = {{"title", cut(m.title, 128)}, {"description", cut(m.text, 512)}, {"url", m.link}};
    // The link tells matters apart: the same card again within half an hour is a repetition, which WeCom leaves out.
    body["enable_duplicate_check"] = 1;
    body["duplicate_check_interval"] = 1'800;
  }
  for (int attempt = 0;; ++attempt) {
    auto token = fetch_token(way, now);
    if (token.how != How::sent) return token;
    Outgoing request{.url = base_of(way.url) + "/cgi-bin/message/send?access_token=" + percent_encoded(token_),
                     .body = json::serialize(body)};
    request.headers = {"content-type: application/json; charset=utf-8"};
    const Answer answer = ask(request);
    if (answer.none) return *answer.none;
    if (one_of(kTokenDead, answer.code) && attempt == 0) {
      token_of_.clear();
      continue;
    }
    if (answer.code != 0) return judged(answer.code);
    // Nobody there under that id is no error to WeCom; it stands in a list.
    for (const char* list : {"invaliduser", "unlicenseduser"})
      if (const auto* none = answer.body.if_contains(list); none && none->is_string() && !none->as_string().empty())
        return {How::failed, {}, list};
    const auto* id = answer.body.if_contains("msgid");
    return {How::sent, id && id->is_string() ? std::string(id->as_string()) : std::string(), {}};
  }
}

}  // namespace linli::notify
