// How many pushes a second go out? 5,000 people with one browser each are told of one lead; a push service in this process takes them.
// From the first row in the queue to the last `sent` in the database, on SQLite. A part of them is opened as a browser does.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "base/log.h"
#include "base/words.h"
#include "leads/lead_store.h"
#include "notify/browser_for_tests.h"
#include "notify/deliverer.h"
#include "notify/push_subscriptions.h"
#include "notify/servers_for_tests.h"
#include "notify/telling.h"
#include "people/users.h"
#include "store/migrate.h"
#include "store/postgres_for_tests.h"

namespace linli::notify {
namespace {

using namespace std::chrono_literals;
using Stopwatch = std::chrono::steady_clock;
constexpr int kPeople = 5'000;

template <class T>
T need(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "%s\n", for_terminal(result.error(), Language::en).c_str());
  std::exit(1);
}

// Takes pushes on connections that stay open, a thread for each.
class PushServiceForBench {
 public:
  PushServiceForBench() {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(socket_, 256) != 0 ||
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      std::exit(1);
    port_ = ntohs(address.sin_port);
    std::thread([this] {
      for (int one; (one = ::accept(socket_, nullptr, nullptr)) >= 0;)
        std::thread([this, one] { serve(one); }).detach();
    }).detach();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::atomic<int> taken{0};
  std::mutex mutex;
  std::vector<std::string> bodies;  // of every hundredth

 private:
  void serve(int socket) {
    LinesForTests lines(socket);
    for (std::string line; lines.line(line);) {
      std::size_t size = 0;
      while (lines.line(line) && !line.empty())
        if (line.starts_with("Content-Length: ")) size = std::stoul(line.substr(16));
      std::string body;
      if (!lines.bytes(size, body)) break;
      if (taken++ % 100 == 0) {
        std::lock_guard lock(mutex);
        bodies.push_back(body);
      }
      say_to(socket, "HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n");
    }
    ::close(socket);
  }
  int socket_ = -1, port_ = 0;
};

void run() {
  TemporaryFolder folder;
  const Database database = Database::sqlite(folder.path() / "linli.db");
  auto connection = need(database.connect(Access::write));
  need(migrate(connection, database));
  SystemClock clock;
  IdSource ids(clock);
  Sealer sealer = Sealer::for_test();
  Grids grids;
  Writer writer(std::move(connection), Writer::Options{});
  Readers readers(database, 2);
  PushServiceForBench service;
  const BrowserForTests browser;
  Lead lead;
  lead.id = ids.draw<LeadId>();
  lead.opening = ids.draw<MessageId>();
  lead.revision = 1;
  lead.category = "water_leak";
  lead.asked_at = lead.opened_at = lead.latest_at = clock.now();
  Telling telling{lead.id, {}};
  need(writer
           .write([&](Tx& tx) -> Result<bool> {
             LINLI_TRY(lead_store::insert(tx, sealer, lead));
             for (int i = 0; i < kPeople; ++i) {
               const User user{ids.draw<UserId>(), "u" + std::to_string(i), "x", {}, {}};
               LINLI_TRY(users::add(tx, user, clock.now()));
               LINLI_TRY(
                   push_subscriptions::add(tx, sealer,
                                           {ids.draw<PushSubscriptionId>(),
                                            user.id,
                                            {service.url() + "/" + std::to_string(i), browser.p256dh(), browser.auth()},
                                            "bench",
                                            clock.now(),
                                            {}}));
               telling.users.push_back(user.id);
             }
             return true;
           })
           .get());
  log::set_level(log::parse_level("warn"));
  Deliverer::Options options;
  options.push = PushKeys::generate();
  options.private_too = true;
  Deliverer deliverer(writer, readers, sealer, ids, clock, TimeZone::shanghai(), grids, options);
  deliverer.start();
  const auto began = Stopwatch::now();
  const Context context{sealer, ids, TimeZone::shanghai(), false, clock.now()};
  need(writer.write([&](Tx& tx) { return tell(tx, context, Kind::breach, 0, std::span(&telling, 1)); }).get());
  const auto told = Stopwatch::now();
  deliverer.wake();
  for (std::int64_t sent = 0; sent < kPeople; std::this_thread::sleep_for(20ms))
    sent = need(readers
                    .read([](Tx& tx) {
                      return tx.value<std::int64_t>(
                          "SELECT COUNT(*) FROM deliveries WHERE way = 'push' AND state = 'sent'");
                    })
                    .get())
               .value_or(0);
  const double seconds = std::chrono::duration<double>(Stopwatch::now() - told).count();
  for (const std::string& body : service.bodies)
    if (!browser.open(body)) {
      std::fprintf(stderr, "a push does not open\n");
      std::exit(1);
    }
  std::printf("%d told in %.2f s; %d pushes in %.2f s: %.0f a second (%zu opened and right)\n", kPeople,
              std::chrono::duration<double>(told - began).count(), service.taken.load(), seconds,
              service.taken.load() / seconds, service.bodies.size());
  if (service.taken != kPeople) std::exit(1);
  deliverer.stop();
  writer.stop();
  readers.stop();
}

}  // namespace
}  // namespace linli::notify

int main() { linli::notify::run(); }
