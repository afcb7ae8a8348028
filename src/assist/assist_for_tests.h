// A model client against a test server, with its usage in a real SQLite.
#pragma once
#include <gtest/gtest.h>

#include "assist/model_server.h"
#include "assist/model_server_for_tests.h"
#include "store/migrate.h"
#include "store/postgres_for_tests.h"

namespace linli::assist {

class AssistTest : public testing::Test {
 protected:
  void SetUp() override {
    auto connection = database.connect(Access::write);
    ASSERT_TRUE(connection);
    ASSERT_TRUE(migrate(*connection, database));
    writer.emplace(std::move(*connection), Writer::Options{});
    open();
  }
  void TearDown() override {
    client.reset();
    writer->stop();
  }

  void open(ModelServer::Options options = {.tries = 3,
                                            .pause = milliseconds(5),
                                            .failures = 5,
                                            .open_for = milliseconds(200),
                                            .most_open = milliseconds(800)}) {
    client.reset();
    usage.emplace(*writer, clock, TimeZone::shanghai());
    ASSERT_TRUE(writer
                    ->write([&](Tx& tx) -> Result<bool> {
                      LINLI_TRY(usage->load(tx));
                      return true;
                    })
                    .get());
    client.emplace(*usage, clock, options);
    client->use(settings());
  }
  ServerSettings settings() const {
    ServerSettings out;
    out.base_url = server.url();
    out.model = "test-model";
    out.deadline = milliseconds(2'000);
    return out;
  }
  // "calls 3 failed.timeout 1 …" of today, as they stand in the database.
  std::string counts() {
    auto days = writer->write([&](Tx& tx) { return Usage::days(tx, usage->today()); }).get();
    std::string out;
    if (days && !days->empty())
      for (const auto& [what, n] : days->front().all) out += (out.empty() ? "" : " ") + what + " " + std::to_string(n);
    return out;
  }

  TemporaryFolder folder;
  Database database = Database::sqlite(folder.path() / "linli.db");
  ManualClock clock{from_millis(1795401130344)};
  ModelServerForTests server;
  std::optional<Writer> writer;
  std::optional<Usage> usage;
  std::optional<ModelServer> client;
};

}  // namespace linli::assist
