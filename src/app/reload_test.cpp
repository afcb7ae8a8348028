#include "app/reload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linli::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Setting<std::string> level{"log.level", "info", {{"debug", "info"}}, Restart::no, "How much."};
const Setting<std::int64_t> threads{"threads", 2, {1, 9}, Restart::yes, "How many."};
const AnySetting known[] = {&level, &threads};

Settings from(Environment environment) { return Settings::load(known, {}, environment).value(); }

TEST(Reload, TellsWhatTakesEffectAndWhatWaits) {
  const Settings before = from({});
  EXPECT_THAT(changed_settings(known, before, from({})).now, IsEmpty());
  // Said in so many words what was the default before: nothing changes.
  EXPECT_THAT(changed_settings(known, before, from({{"LINLI_THREADS", "2"}})).after_restart, IsEmpty());

  const Changed changed = changed_settings(known, before, from({{"LINLI_LOG_LEVEL", "debug"}, {"LINLI_THREADS", "3"}}));
  EXPECT_THAT(changed.now, ElementsAre("log.level"));
  EXPECT_THAT(changed.after_restart, ElementsAre("threads"));
}

}  // namespace
}  // namespace linli::app
