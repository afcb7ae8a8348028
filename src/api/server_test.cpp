// How the server takes bad manners: broken, too large, too slow, too many.
#include "api/api_for_tests.h"

namespace linli::api {
namespace {

using namespace std::chrono_literals;

class ServerTest : public ApiTest {};

TEST_F(ServerTest, KeepsTheLineAndAnswersInOrder) {
  Client c = client();
  EXPECT_EQ(c.call("GET", "/healthz").body, "ok\n");
  const Answer head = c.call("HEAD", "/healthz");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), "3");
  const std::string one = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  c.send(one + one + one);  // pipelined
  for (int i = 0; i < 3; ++i) EXPECT_EQ(c.receive().body, "ok\n");
  EXPECT_EQ(c.call("GET", "/healthz", {}, {{"connection", "close"}}).status, 200);
  EXPECT_TRUE(c.closes());
}

TEST_F(ServerTest, ProtectsEveryAnswer) {
  for (const char* path : {"/healthz", "/nothing.js", "/api/v1/leads", "/"}) {
    const Answer answer = client().call("GET", path);
    EXPECT_NE(answer.headers.at("content-security-policy").find("frame-ancestors 'none'"), std::string::npos) << path;
    EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff") << path;
    EXPECT_EQ(answer.headers.at("x-request-id").size(), 16u) << path;
  }
  EXPECT_EQ(client().call("GET", "/api/v1/leads").headers.at("cache-control"), "no-store");
}

TEST_F(ServerTest, RefusesWhatIsNoRequest) {
  for (const char* text : {"hello\r\n\r\n", "GET / HTTP/1.1\r\nHost localhost\r\n\r\n", "GET /x HTTP/7.1\r\n\r\n",
                           "\x16\x03\x01\x02\x00\x01\r\n\r\n"}) {
    Client c = client();
    c.send(text);
    EXPECT_EQ(c.receive().status, 400) << text;
    EXPECT_TRUE(c.closes());
  }
  Client large = client();
  large.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
  EXPECT_EQ(large.receive().status, 431);
}

TEST_F(ServerTest, OnlyOurOwnHosts) {
  EXPECT_EQ(code(client().call("GET", "/healthz", {}, {{"host", "evil.example"}})), "403 not_allowed");
  EXPECT_EQ(code(client().call("POST", "/api/v1/session", "{}", {{"origin", "http://evil.example"}})),
            "403 not_allowed");
}

TEST_F(ServerTest, BodiesHaveTheirLimit) {
  const std::string path = "/api/v1/session", large(100'000, ' ');
  EXPECT_EQ(code(client().call("POST", path, large, {{"content-type", "application/json"}})), "413 body_too_large");
  Client chunked = client();
  chunked.send(
      "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
      "chunked\r\n\r\n");
  for (int i = 0; i < 10; ++i) chunked.send("4000\r\n" + std::string(0x4000, ' ') + "\r\n");
  EXPECT_EQ(chunked.receive().status, 413);
  Client small = client();
  small.send(
      "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
      "chunked\r\n\r\n"
      "2\r\n{}\r\n0\r\n\r\n");
  EXPECT_EQ(code(small.receive()), "422 missing_field");
  Client broken = client();
  broken.send("POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n");
  EXPECT_EQ(broken.receive().status, 400);
  // Nothing is read of a body that has nowhere to go.
  EXPECT_EQ(client().call("POST", "/api/v1/nowhere", large).status, 404);
  EXPECT_EQ(client().call("POST", "/api/v1/channels", large).status, 401);
}

TEST_F(ServerTest, ContinuesWhereItIsAsked) {
  Client c = client();
  c.send(
      "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
      "2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_NE(c.until("100 Continue\r\n\r\n").find("100 Continue"), std::string::npos);
  c.send("{}");
  EXPECT_EQ(c.receive().status, 422);
}

TEST_F(ServerTest, SlowOnesAreCutOff) {
  close();
  open({.head_within = 300ms, .body_within = 300ms, .idle = 300ms});
  Client silent = client(), slow_head = client(), slow_body = client();
  slow_head.send("GET / HTTP/1.1\r\nHost: loc");
  slow_body.send("POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{");
  EXPECT_TRUE(silent.closes(3'000));
  EXPECT_TRUE(slow_head.closes(3'000));
  EXPECT_TRUE(slow_body.closes(3'000));
  EXPECT_EQ(client().call("GET", "/healthz").status, 200);
}

TEST_F(ServerTest, TooManyConnectionsAreTurnedAway) {
  close();
  open({.max_connections = 2});
  Client a = client(), b = client();
  EXPECT_EQ(a.call("GET", "/healthz").status, 200);
  EXPECT_EQ(b.call("GET", "/healthz").status, 200);
  Client c = client();
  const Answer answer = c.receive();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.headers.at("retry-after"), "2");
  EXPECT_EQ(a.call("GET", "/healthz").status, 200);
}

TEST_F(ServerTest, BodiesTogetherAreBounded) {
  close();
  open({.max_bodies = 50'000});
  const auto begin = [](Client& client, std::size_t bytes) {
    client.send(
        "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
        "40000\r\n\r\n{" +
        std::string(bytes - 1, ' '));
  };
  const auto second = [&] {
    return code(
        client().call("POST", "/api/v1/session", std::string(20'000, ' '), {{"content-type", "application/json"}}));
  };
  // What is announced and does not come takes no room.
  Client slow = client(), slower = client(), first = client();
  begin(slow, 1);
  begin(slower, 1);
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(second(), "400 bad_json");
  begin(first, 39'000);
  std::string answer;
  for (int i = 0; i < 100 && answer != "503 overloaded"; ++i) {  // until the server has seen the first
    std::this_thread::sleep_for(10ms);
    answer = second();
  }
  EXPECT_EQ(answer, "503 overloaded");
  first.send("}" + std::string(999, ' '));
  EXPECT_EQ(code(first.receive()), "422 missing_field");
}

TEST_F(ServerTest, AStopAnswersWhatWasAsked) {
  const Channel way = add_channel("way");
  std::promise<void> held, release;
  ASSERT_TRUE(writer->between([&](Connection&) {
    held.set_value();
    release.get_future().wait();
  }));
  held.get_future().wait();
  const std::string body = R"({"id":"m1","group":"g","ts":"2026-11-23T09:59:00Z","sender":"s","text":"停水了"})";
  Client c = client(), idle = client();
  EXPECT_EQ(idle.call("GET", "/healthz").status, 200);
  std::future<Answer> answer = std::async(std::launch::async, [&] {
    return c.call("POST", "/api/v1/channels/way/messages", body, signed_headers(way, body));
  });
  while (intake->figures().deliveries == 0) std::this_thread::sleep_for(1ms);
  std::jthread stopping([&] { api->stop(Deadline::in(5s)); });
  EXPECT_TRUE(idle.closes(2'000));
  release.set_value();
  EXPECT_EQ(answer.get().status, 200);
}

}  // namespace
}  // namespace linli::api
