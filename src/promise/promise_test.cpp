#include "promise/promise.h"

#include <gtest/gtest.h>

namespace linli {
namespace {

using std::chrono::seconds;

const Instant asked = *parse_time("2026-11-23T22:10:00+08:00");

struct Row {
  const char* story;
  bool live;
  seconds waited;
  std::optional<seconds> answered;
  Light light;
};

TEST(Promise, Light) {
  const Row rows[] = {
      {"just asked", true, seconds(0), {}, Light::green},
      {"a second before amber", true, seconds(299), {}, Light::green},
      {"five minutes", true, seconds(300), {}, Light::amber},
      {"ten minutes", true, seconds(600), {}, Light::call_leader},
      {"a second left", true, seconds(899), {}, Light::call_leader},
      {"fifteen minutes", true, seconds(900), {}, Light::breach},
      {"answered after nine minutes", true, seconds(3600), seconds(540), Light::kept},
      {"answered in the last second", true, seconds(3600), seconds(900), Light::kept},
      {"answered a second too late: the breach stays", true, seconds(3600), seconds(901), Light::breach},
      {"the chat's clock is ahead of ours", true, seconds(-30), {}, Light::green},
      {"imported history starts no clock", false, seconds(3600), {}, Light::none},
  };
  for (const Row& row : rows) {
    std::optional<Instant> answered;
    if (row.answered) answered = asked + *row.answered;
    const Promise p = promise(row.live, asked, answered, {}, asked + row.waited);
    EXPECT_EQ(p.light, row.light) << row.story;
    EXPECT_EQ(p.due_at.has_value(), row.live) << row.story;
  }
}

}  // namespace
}  // namespace linli
