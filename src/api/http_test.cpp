#include "api/http.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <thread>

#include "api/console.h"
#include "api/origin.h"
#include "api/sign_in_guard.h"

namespace linli::api {
namespace {

using namespace std::chrono_literals;

Request request(Method method, std::vector<std::pair<std::string, std::string>> headers, std::string path = "/") {
  Request r;
  r.method = method;
  r.path = std::move(path);
  r.headers = std::move(headers);
  return r;
}

TEST(Request, Cookies) {
  const Request r = request(Method::get, {{"cookie", "a=1; linli_session=xyz;b=2"}});
  EXPECT_EQ(r.cookie("linli_session"), "xyz");
  EXPECT_EQ(r.cookie("b"), "2");
  EXPECT_EQ(r.cookie("session"), "");
}

TEST(Request, Query) {
  Request r;
  r.query = "a=1&b=%E6%B0%B4+x&c&a=2&d=%f";
  EXPECT_EQ(r.query_value("a"), "1");
  EXPECT_EQ(r.query_value("b"), "水 x");
  EXPECT_EQ(r.query_value("c"), "");
  EXPECT_FALSE(r.query_value("d"));
  EXPECT_FALSE(r.query_value("e"));
}

TEST(Reply, OneThatIsForgottenAnswers500) {
  int status = 0;
  {
    Reply reply([&](Response response) { status = response.status; });
  }
  EXPECT_EQ(status, 500);
  {
    Reply(Reply([&](Response response) { status = response.status; }))(json_answer(201, "{}"));
  }
  EXPECT_EQ(status, 201);
}

TEST(Problem, SpeaksBothLanguages) {
  const Error error{Errc::overloaded, {}, {}};
  const Response zh = problem(error, Language::zh, "r1"), en = problem(error, Language::en, "r1");
  EXPECT_EQ(zh.status, 503);
  EXPECT_EQ(zh.content_type, "application/problem+json");
  EXPECT_NE(zh.body, en.body);
  EXPECT_NE(en.body.find("\"request_id\":\"r1\""), std::string::npos);
  EXPECT_EQ(zh.headers.at(0).first, "retry-after");
}

TEST(Origin, HostsThatAreOurs) {
  const std::vector<std::string> none, names{"linli.example"};
  const struct {
    const char* host;
    bool loopback;
    const std::vector<std::string>& names;
    bool ours;
  } rows[] = {
      {"localhost:8080", true, none, true},    {"127.0.0.1:1", true, none, true},
      {"[::1]:8080", true, none, true},        {"LOCALHOST", true, none, true},
      {"evil.example", true, none, false},     {"", true, none, false},
      {"10.0.0.5:8080", true, none, false},    {"linli.example", true, names, true},
      {"linli.example:80", true, names, true}, {"linli.example.evil", true, names, false},
      {"anything", false, none, true},         {"other", false, names, false},
      {"10.0.0.5", false, names, true},        {"localhost.evil.example", true, none, false},
  };
  for (const auto& row : rows) EXPECT_EQ(host_is_ours(row.host, row.loopback, row.names), row.ours) << row.host;
}

TEST(Origin, PagesElsewhereDoNotPost) {
  const struct {
    Method method;
    std::vector<std::pair<std::string, std::string>> headers;
    bool ours;
  } rows[] = {
      {Method::post, {{"host", "localhost:8080"}}, true},
      {Method::post, {{"host", "localhost:8080"}, {"origin", "http://localhost:8080"}}, true},
      {Method::post, {{"host", "localhost:8080"}, {"origin", "https://LOCALHOST:8080"}}, true},
      {Method::post, {{"host", "localhost:8080"}, {"origin", "http://localhost:9090"}}, false},
      {Method::post, {{"host", "localhost:8080"}, {"origin", "null"}}, false},
      {Method::post, {{"host", "localhost:8080"}, {"sec-fetch-site", "cross-site"}}, false},
      {Method::post, {{"host", "localhost:8080"}, {"sec-fetch-site", "same-site"}}, false},
      {Method::post, {{"host", "localhost:8080"}, {"sec-fetch-site", "same-origin"}}, true},
      {Method::get, {{"host", "localhost:8080"}, {"origin", "http://evil.example"}}, true},
  };
  for (const auto& row : rows) EXPECT_EQ(origin_is_ours(request(row.method, row.headers)), row.ours);
}

TEST(Origin, OnlyTrustedProxiesAreBelieved) {
  const auto seen = [](std::string peer, std::string forwarded, std::vector<std::string> trusted) {
    Request r = request(Method::get, {{"x-forwarded-for", forwarded}, {"x-forwarded-proto", "https"}});
    r.client = std::move(peer);
    r.local = true;
    take_forwarded(r, trusted);
    return r.client + (r.secure ? " secure" : "") + (r.local ? " local" : "");
  };
  EXPECT_EQ(seen("127.0.0.1", "8.8.8.8", {}), "127.0.0.1");
  EXPECT_EQ(seen("127.0.0.1", "8.8.8.8", {"127.0.0.1"}), "8.8.8.8 secure");
  EXPECT_EQ(seen("127.0.0.1", "1.1.1.1, 8.8.8.8, 10.0.0.1", {"127.0.0.1", "10.0.0.1"}),
            "8.8.8.8 secure");  // what the client wrote itself is left of it
  EXPECT_EQ(seen("127.0.0.1", "", {"127.0.0.1"}), "127.0.0.1 secure");
  EXPECT_EQ(seen("127.0.0.1", "", {}), "127.0.0.1 local");
}

class SignInGuardTest : public testing::Test {
 protected:
  // 0: a try may begin.
  static std::string seconds(SignInGuard& guard, const char* name, const char* address) {
    auto may = guard.begin(name, address);
    return may ? std::string("0") : may.error().args.at(0).second;
  }
  ManualClock clock{from_millis(1'000'000'000)};
  const Sealer sealer = Sealer::for_test();
};

TEST_F(SignInGuardTest, EachTryWaitsLonger) {
  SignInGuard guard(clock, sealer);
  for (int i = 0; i < SignInGuard::kFreeOfName; ++i) EXPECT_EQ(seconds(guard, "admin", "a1"), "0") << i;
  EXPECT_EQ(seconds(guard, "admin", "a1"), "1");
  EXPECT_EQ(seconds(guard, "admin", "a2"), "1");  // the name waits whoever asks
  for (int wait : {1, 2, 4, 8, 16, 30, 30}) {
    EXPECT_EQ(seconds(guard, "admin", "a3"), std::to_string(wait));
    clock.advance(std::chrono::seconds(wait));
    EXPECT_EQ(seconds(guard, "admin", "a3"), "0");
  }
  EXPECT_EQ(seconds(guard, "admin", "a2"), "30");  // nobody can be locked out for long
  clock.advance(30s);
  EXPECT_EQ(seconds(guard, "admin", "a2"), "0");
  guard.succeeded("admin", "a2");
  for (int i = 0; i < SignInGuard::kFreeOfName; ++i) EXPECT_EQ(seconds(guard, "admin", "a1"), "0") << i;
}

TEST_F(SignInGuardTest, AnAddressThatTriesManyNamesWaitsLong) {
  SignInGuard guard(clock, sealer);
  for (int i = 0; i < SignInGuard::kFreeOfAddress; ++i)
    EXPECT_EQ(seconds(guard, ("user" + std::to_string(i)).c_str(), "2001:db8::1"), "0") << i;
  EXPECT_EQ(seconds(guard, "someone", "2001:db8::1"), "1");
  EXPECT_EQ(seconds(guard, "someone", "2001:db8::abcd:1"), "1");  // the same network
  EXPECT_EQ(seconds(guard, "someone", "2001:db8:0:1::1"), "0");   // another one
  // One account of one's own does not buy free tries at others.
  for (int i = 0; i < 12; ++i) {
    clock.advance(900s);
    EXPECT_EQ(seconds(guard, "own", "2001:db8::1"), "0");
    guard.succeeded("own", "2001:db8::1");
    EXPECT_EQ(seconds(guard, ("x" + std::to_string(i)).c_str(), "2001:db8::1"), "0");
  }
  EXPECT_EQ(seconds(guard, "own", "2001:db8::1"), "900");
}

TEST_F(SignInGuardTest, WhoeverFillsTheMemoryFreesNobody) {
  SignInGuard guard(clock, sealer);
  for (int i = 0; i < 12; ++i) {
    clock.advance(30s);
    EXPECT_EQ(seconds(guard, "admin", "a1"), "0");
  }
  EXPECT_EQ(seconds(guard, "admin", "a1"), "30");
  for (std::size_t i = 0; i < 2 * SignInGuard::kMost; ++i) {
    const std::string text = std::to_string(i);
    ASSERT_EQ(seconds(guard, text.c_str(), text.c_str()), "0");
  }
  EXPECT_EQ(seconds(guard, "admin", "a1"), "30");
  EXPECT_EQ(seconds(guard, "39999", "a2"), "0");
}

TEST_F(SignInGuardTest, WithoutANameTheAddressAloneIsCounted) {
  SignInGuard guard(clock, sealer);
  for (int i = 0; i < SignInGuard::kFreeOfAddress; ++i) EXPECT_EQ(seconds(guard, "", "a1"), "0") << i;
  EXPECT_EQ(seconds(guard, "", "a1"), "1");
  EXPECT_EQ(seconds(guard, "admin", "a1"), "1");
  EXPECT_EQ(seconds(guard, "", "a2"), "0");
}

TEST_F(SignInGuardTest, ManyAtTheSameTimeAreNotFree) {
  SignInGuard guard(clock, sealer);
  std::atomic<int> begun = 0;
  std::vector<std::thread> tries;
  for (int i = 0; i < 8; ++i)
    tries.emplace_back([&, i] {
      for (int k = 0; k < 10; ++k) begun += seconds(guard, "admin", std::to_string(i * 10 + k).c_str()) == "0";
    });
  for (auto& one : tries) one.join();
  EXPECT_EQ(begun, SignInGuard::kFreeOfName);
}

// By the machine's own gzip; empty: broken.
std::string unzipped(std::string_view bytes) {
  const std::string file = testing::TempDir() + "linli-console-test.gz";
  std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  FILE* out = popen(("gzip -dc '" + file + "'").c_str(), "r");
  std::string text;
  char buffer[4096];
  for (std::size_t n; out && (n = fread(buffer, 1, sizeof buffer, out)) > 0;) text.append(buffer, n);
  const bool right = out && pclose(out) == 0;
  std::remove(file.c_str());
  return right ? text : std::string();
}

TEST(Console, ServesFilesAndItsPages) {
  const EmbeddedFile files[] = {{"index.html", "<html>"}, {"assets/console-abc.js", "let x"}, {"favicon.svg", "<svg>"}};
  const EmbeddedFile pages[] = {{"index.html", "<html lang>"}, {"assets/app-abc.js", "let y"}};
  const Console console(files, pages);
  const auto get = [&](std::string path, std::string etag = {}) {
    return console.page(request(Method::get, {{"if-none-match", etag}}, std::move(path)));
  };
  EXPECT_EQ(get("/")->fixed, "<html>");
  EXPECT_EQ(get("/leads/lead_1")->fixed, "<html>");
  EXPECT_EQ(get("/")->content_type, "text/html; charset=utf-8");
  EXPECT_EQ(get("/assets/console-abc.js")->fixed, "let x");
  EXPECT_FALSE(get("/assets/gone.js"));
  for (const char* path : {"/r", "/r/", "/r/c/0Fz3"}) EXPECT_EQ(get(path)->fixed, "<html lang>") << path;
  EXPECT_EQ(get("/roster")->fixed, "<html>");
  EXPECT_EQ(get("/r/assets/app-abc.js")->fixed, "let y");
  EXPECT_FALSE(get("/r/assets/gone.js"));
  EXPECT_FALSE(get("/api/v1/nothing"));
  EXPECT_FALSE(get("/api"));
  const auto header = [](const Response& r, std::string_view name) {
    for (const auto& [n, v] : r.headers) {
      if (n == name) return v;
    }
    return std::string();
  };
  EXPECT_EQ(header(*get("/assets/console-abc.js"), "cache-control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(header(*get("/r/assets/app-abc.js"), "cache-control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(header(*get("/"), "cache-control"), "no-cache");
  const std::string etag = header(*get("/"), "etag");
  EXPECT_EQ(get("/", "W/" + etag)->status, 304);
  EXPECT_EQ(get("/", "\"other\"")->status, 200);

  // What is large and text is compressed for who takes it.
  std::string script;
  for (int i = 0; i < 2'000; ++i) script += "let x" + std::to_string(i * i) + ";";
  const EmbeddedFile large[] = {{"assets/large.js", script}, {"assets/large.png", script}};
  const Console zipping(large, {});
  const auto take = [&](std::string path, std::string encoding, std::string seen = {}) {
    return *zipping.page(
        request(Method::get, {{"accept-encoding", encoding}, {"if-none-match", seen}}, std::move(path)));
  };
  const Response small = take("/assets/large.js", "br, gzip;q=0.8");
  EXPECT_EQ(header(small, "content-encoding"), "gzip");
  EXPECT_EQ(header(small, "vary"), "accept-encoding");
  EXPECT_LT(small.fixed.size(), script.size() / 2);
  EXPECT_EQ(unzipped(small.fixed), script);
  EXPECT_EQ(take("/assets/large.js", "gzip", header(small, "etag")).status, 304);
  EXPECT_NE(header(take("/assets/large.js", ""), "etag"), header(small, "etag"));
  for (const char* encoding : {"", "br", "gzip;q=0"})
    EXPECT_EQ(take("/assets/large.js", encoding).fixed, script) << encoding;
  EXPECT_EQ(take("/assets/large.png", "gzip").fixed, script);

  const Console none(std::span<const EmbeddedFile>{}, {});
  EXPECT_NE(none.page(request(Method::get, {}, "/"))->body.find("no console"), std::string::npos);
  EXPECT_NE(none.page(request(Method::get, {}, "/r/"))->body.find("no residents' pages"), std::string::npos);
}

}  // namespace
}  // namespace linli::api
