#include "channels/chatlog/take_in.h"

#include <deque>
#include <future>
#include <thread>

#include "base/utf8.h"

namespace linli {
namespace {

constexpr std::size_t kLot = 500, kUnderWay = 4, kWrong = 50;

// Lots under way; their receipts are added up in their order.
class Lots {
 public:
  Lots(Intake& intake, const Channel& channel, TakenIn& sum) : intake_(intake), channel_(channel), sum_(sum) {}
  // Whoever leaves early waits too: intake answers into this.
  ~Lots() {
    for (auto& future : under_way_) future.wait();
  }

  Result<void> take(const std::vector<Message>& messages, bool imported) {
    if (messages.empty()) return {};
    while (under_way_.size() >= kUnderWay) LINLI_TRY(wait_for_one());
    while (true) {
      auto answered = std::make_shared<std::promise<Result<Receipt>>>();
      auto future = answered->get_future();
      // A copy: when there is no room, the same messages are offered again.
      auto taken = intake_.take(channel_, messages, imported,
                                [answered](Result<Receipt> receipt) { answered->set_value(std::move(receipt)); });
      if (taken) {
        under_way_.push_back(std::move(future));
        return {};
      }
      if (taken.error().code != Errc::overloaded) return taken;
      std::this_thread::sleep_for(milliseconds(20));
    }
  }
  Result<void> finish() {
    while (!under_way_.empty()) LINLI_TRY(wait_for_one());
    return {};
  }

 private:
  Result<void> wait_for_one() {
    auto receipt = under_way_.front().get();
    under_way_.pop_front();
    if (!receipt) return tl::unexpected(std::move(receipt).error());
    sum_.fresh += static_cast<std::int64_t>(receipt->fresh);
    sum_.known += static_cast<std::int64_t>(receipt->known);
    sum_.dropped += static_cast<std::int64_t>(receipt->dropped);
    return {};
  }

  Intake& intake_;
  const Channel& channel_;
  TakenIn& sum_;
  std::deque<std::future<Result<Receipt>>> under_way_;
};

}  // namespace

Result<TakenIn> take_in(ExportReader& reader, ExportIdentity& identity, Intake& intake, const Channel& channel,
                        const TakeIn& how, const std::function<void(const TakenIn&)>& progress,
                        const std::function<bool()>& stopped) {
  TakenIn out;
  std::vector<Message> history, live;
  const std::size_t longest = MessageLimits{}.text_characters;
  {
    Lots lots(intake, channel, out);
    const auto deliver = [&]() -> Result<void> {
      LINLI_TRY(lots.take(history, true));
      LINLI_TRY(lots.take(live, false));
      history.clear();
      live.clear();
      if (progress) progress(out);
      return {};
    };
    const auto wrong = [&](Error error) {
      ++out.wrong_total;
      if (out.wrong.size() < kWrong) out.wrong.push_back(std::move(error));
    };
    for (std::size_t read = 0;; ++read) {
      if (read % kLot == 0 && stopped && stopped()) {
        out.stopped = true;
        break;
      }
      auto next = reader.next();
      if (!next) {
        wrong(std::move(next).error());
        continue;
      }
      if (!*next) break;
      ExportedMessage& m = **next;
      if (m.type == MessageType::system) {
        ++out.system_lines;
        continue;
      }
      if (code_points(m.text) > longest) {
        wrong({Errc::too_long, Where::at({}, m.line, "text"), {{"max", std::to_string(longest)}}});
        continue;
      }
      if (!m.timed) {
        if (!how.at) return fail(Errc::chat_no_time, Where::at({}, m.line, "at"));
        m.at = *how.at;
      }
      auto identified = identity.identify(m);
      if (identified.known) {
        ++out.known;
        continue;
      }
      auto& lot = how.live_from && m.at >= *how.live_from ? live : history;
      lot.push_back(std::move(identified.message));
      if (lot.size() == kLot) LINLI_TRY(deliver());
    }
    LINLI_TRY(deliver());
    LINLI_TRY(lots.finish());
  }
  return out;
}

}  // namespace linli
