#include "api/router.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace linli::api {
namespace {

std::string found(Method method, std::string_view path) {
  auto result = find_route(routes(), method, path);
  if (auto* none = std::get_if<NoMatch>(&result)) return none->allowed.empty() ? "none" : "only " + none->allowed;
  const Match& match = std::get<Match>(result);
  std::string out = match.route->path;
  for (const std::string& param : match.params) out += " " + param;
  return out;
}

TEST(Router, FindsTheRoute) {
  const struct {
    Method method;
    const char *path, *expected;
  } rows[] = {
      {Method::get, "/healthz", "/healthz"},
      {Method::head, "/healthz", "/healthz"},
      {Method::post, "/healthz", "only GET"},
      {Method::get, "/api/v1/leads", "/api/v1/leads"},
      {Method::get, "/api/v1/leads/", "none"},
      {Method::get, "/api/v1/leads/lead_1", "/api/v1/leads/{lead} lead_1"},
      {Method::get, "/api/v1/leads/a%2Fb", "/api/v1/leads/{lead} a/b"},
      {Method::get, "/api/v1/leads/%E6%B0%B4", "/api/v1/leads/{lead} 水"},
      {Method::get, "/api/v1/leads/%ff", "none"},
      {Method::get, "/api/v1/leads/%0", "none"},
      {Method::get, "/api/v1/leads/%00", "none"},
      {Method::post, "/api/v1/leads/x/confirm", "/api/v1/leads/{lead}/confirm x"},
      {Method::get, "/api/v1/leads/x/confirm", "only POST"},
      {Method::del, "/api/v1/session", "/api/v1/session"},
      {Method::put, "/api/v1/session", "only GET, POST, DELETE"},
      {Method::other, "/api/v1/session", "only GET, POST, DELETE"},
      {Method::get, "", "none"},
      {Method::get, "/", "none"},
      {Method::get, "//healthz", "none"},
      {Method::get, "*", "none"},
  };
  for (const auto& row : rows) EXPECT_EQ(found(row.method, row.path), row.expected) << row.path;
}

// What changes something in the name of a person needs a session and its token; everything else is on this list.
TEST(Routes, SayWhoMayCall) {
  const std::set<std::string> open{"GET /healthz",
                                   "GET /readyz",
                                   "GET /api/v1/notices/{notice}",
                                   "GET /api/v1/public/tasks/{token}",
                                   "POST /api/v1/public/tasks/{token}/actions",
                                   "GET /api/v1/public/tasks/{token}/pictures/{attachment}",
                                   "GET /api/v1/public/office",
                                   "POST /api/v1/public/files",
                                   "GET /api/v1/public/files/{file}",
                                   "POST /api/v1/public/cases/find",
                                   "GET /api/v1/public/cases/{token}",
                                   "POST /api/v1/public/cases/{token}/notes",
                                   "POST /api/v1/public/cases/{token}/rating",
                                   "POST /api/v1/public/cases/{token}/reopen",
                                   "POST /api/v1/public/reports",
                                   "POST /api/v1/public/reports/similar",
                                   "POST /api/v1/public/reports/follow",
                                   "GET /api/v1/public/reports/{token}",
                                   "POST /api/v1/session",
                                   "POST /api/v1/session/link",
                                   "POST /api/v1/session/second-factor",
                                   "GET /api/v1/session/ways",
                                   "GET /api/v1/session/sign-on",
                                   "GET /api/v1/session/sign-on/callback"};
  std::set<std::string> seen;
  for (const Route& route : routes()) {
    const std::string what = std::string(name(route.method)) + " " + route.path;
    EXPECT_TRUE(seen.insert(what).second) << what;
    EXPECT_EQ(route.caller == Caller::anyone, open.contains(what)) << what;
    EXPECT_EQ(needs_csrf(route), needs_session(route) && !safe(route.method)) << what;
    // Whole files only from people who have signed in.
    EXPECT_LE(route.body_limit, route.caller == Caller::session ? 32u << 20 : (8u << 20) + 1) << what;
    EXPECT_TRUE(!safe(route.method) || route.body_limit <= 1u << 10) << what;
  }
}

// docs/openapi.yaml names the same paths (tests/journeys/contract.spec.ts compares everything else).
TEST(Routes, AreThoseOfTheContract) {
  std::ifstream file(LINLI_SOURCE_DIR "/docs/openapi.yaml");
  std::set<std::string> contract, ours;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("  /") && line.ends_with(":")) contract.insert(line.substr(2, line.size() - 3));
  }
  for (const Route& route : routes()) ours.insert(route.path);
  EXPECT_EQ(ours, contract);
}

}  // namespace
}  // namespace linli::api
