#include "notify/letters.h"

#include <algorithm>
#include <thread>

#include "base/log.h"
#include "notify/circle.h"
#include "people/users.h"

namespace linli::notify {

using namespace std::chrono_literals;
using How = Sender::Said::How;

Letters::Letters(Writer& writer, Readers& readers, const Sealer& sealer, IdSource& ids, const Clock& clock,
                 const TimeZone& zone, const Grids& grids, Options options, std::function<void()> queued)
    : writer_(writer),
      readers_(readers),
      sealer_(sealer),
      ids_(ids),
      clock_(clock),
      zone_(zone),
      grids_(grids),
      options_(std::move(options)),
      queued_(std::move(queued)) {}

Result<std::vector<Delivery>> Letters::due(Way way, int limit) {
  return readers_.read([&](Tx& tx) { return deliveries::due(tx, sealer_, way, clock_.now(), limit); }).get();
}

std::chrono::milliseconds Letters::until_next(Way way) {
  auto next = readers_.read([&](Tx& tx) { return deliveries::next_due(tx, way); }).get();
  if (!next || !*next) return 30s;
  return std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(**next - clock_.now()), 10ms, 30'000ms);
}

Result<DistrictWays> Letters::district() {
  return readers_.read([&](Tx& tx) { return district_ways(tx, sealer_); }).get();
}

std::optional<std::vector<Delivery>> Letters::begin(std::vector<Delivery> due) {
  auto begun = writer_
                   .write([&](Tx& tx) -> Result<std::vector<Delivery>> {
                     std::vector<Delivery> mine;
                     for (Delivery d : due) {
                       auto taken = deliveries::begin(tx, d, clock_.now());
                       if (!taken) return tl::unexpected(std::move(taken).error());
                       if (*taken) mine.push_back(std::move(d));
                     }
                     return mine;
                   })
                   .get();
  if (begun) return *std::move(begun);
  if (begun.error().code != Errc::shutting_down) log::error("notify.unwritten", begun.error());
  return {};
}

Result<std::vector<Letter>> Letters::write(std::vector<std::vector<Delivery>> groups) {
  return readers_
      .read([&](Tx& tx) -> Result<std::vector<Letter>> {
        std::vector<Letter> out;
        for (auto& group : groups) {
          auto one = write_one(tx, std::move(group));
          if (!one) return tl::unexpected(std::move(one).error());
          out.push_back(*std::move(one));
        }
        return out;
      })
      .get();
}

Result<Letter> Letters::write_one(Tx& tx, std::vector<Delivery> group) {
  Letter out;
  out.of = std::move(group);
  const Delivery& first = out.of.front();
  if (first.user) {
    auto wants = wishes(tx, sealer_, first.user);
    if (!wants) return tl::unexpected(std::move(wants).error());
    auto user = users::find(tx, first.user);
    if (!user) return tl::unexpected(std::move(user).error());
    out.to = *std::move(wants);
    // A test goes wherever there is an address; all else only by ways that are wanted.
    const bool wanted = first.kind == Kind::test || std::ranges::find(out.to.ways, first.way) != out.to.ways.end();
    if (first.way == Way::push) {
      auto browsers = push_subscriptions::of(tx, sealer_, first.user);
      if (!browsers) return tl::unexpected(std::move(browsers).error());
      out.browsers = *std::move(browsers);
    }
    const bool there = first.way == Way::email   ? !out.to.email.empty()
                       : first.way == Way::wecom ? !out.to.wecom.empty()
                       : first.way == Way::push  ? !out.browsers.empty()
                                                 : !out.to.phone.empty();
    out.gone = !*user || !wanted || !there;
    if (*user) out.language = parse_language((*user)->locale).value_or(Language::zh);
  }
  const auto tree = grids_.tree();
  for (const Delivery& d : out.of) {
    About about;
    std::string path;
    LINLI_TRY(tx.first("SELECT grid_path, category, urgency, asked_at FROM leads WHERE id = $1", {d.subject},
                       [&](const Row& row) {
                         about.lead = LeadId{d.subject};
                         path = row.get<std::string>(0);
                         about.category = row.get<std::string>(1);
                         about.urgency = row.get<int>(2);
                         about.asked_at = row.get<Instant>(3);
                       }));
    // Filed by hand: the subject is a case.
    if (!about.lead)
      LINLI_TRY(tx.first(
          "SELECT grid_path, CASE WHEN confidential = 1 THEN '' ELSE category END, urgency, opened_at FROM cases WHERE "
          "id = $1",
          {d.subject}, [&](const Row& row) {
            about.one = CaseId{d.subject};
            path = row.get<std::string>(0);
            about.category = row.get<std::string>(1);
            about.urgency = row.get<int>(2);
            about.asked_at = row.get<Instant>(3);
          }));
    if (const Grid* grid = grid_of_path(*tree, path)) about.grid_name = grid->name;
    int count = 1;
    if (!about.lead && !about.one) {
      auto many = tx.value<int>("SELECT count FROM notifications WHERE id = $1", {d.subject});
      if (!many) return tl::unexpected(std::move(many).error());
      count = many->value_or(1);
    }
    out.lines.push_back(line(d, about, count, zone_, out.language));
    out.about.push_back(std::move(about));
  }
  return out;
}

std::string Letters::link(const Letter& letter) const {
  if (options_.console.empty()) return {};
  if (letter.of.size() == 1 && letter.of.front().kind == Kind::webhook_off)
    return notify::link(options_.console, {}) + "webhooks";
  return notify::link(options_.console, only(letter));
}

void Letters::settle(Letter& letter, const Sender::Said& said, std::string_view reason) const {
  const Instant now = clock_.now();
  for (Delivery& d : letter.of) {
    d.why = said.why;
    d.reason = reason;
    d.due_at = now;
    d.done_at = now;
    const bool more = d.tries < options_.most_tries && reason != kOff;
    switch (said.how) {
      case How::sent: d.state = DeliveryState::sent; break;
      case How::again: {
        d.state = more ? DeliveryState::queued : DeliveryState::failed;
        if (d.reason.empty()) d.reason = "not_reached";
        if (!more) break;
        d.done_at.reset();
        // Half an hour at most: what lies farther ahead is taken for a clock that was wrong.
        const auto asked = std::min<std::chrono::milliseconds>(said.not_before, 30min);
        d.due_at = now + std::max(asked, options_.first_pause * (1 << std::min(d.tries - 1, 6)));
        break;
      }
      case How::failed:
        d.state = DeliveryState::failed;
        if (d.reason.empty()) d.reason = "refused";
        break;
      case How::unknown:
        d.state = DeliveryState::unknown;
        d.reason = "unknown";
        break;
    }
    log::info("notify.out",
              {{"delivery", to_text(d.id)}, {"way", name(d.way)}, {"state", name(d.state)}, {"try", d.tries}});
  }
}

bool Letters::keep(std::vector<Delivery> settled, const std::function<Result<void>(Tx&)>& also) {
  // It was said: that must be written. What is not is `sending` at the next start.
  for (auto wait = 100ms;; wait = std::min(wait * 2, 5'000ms)) {
    auto written = writer_
                       .write([&](Tx& tx) -> Result<bool> {
                         bool more = false;
                         for (const Delivery& d : settled) {
                           LINLI_TRY(deliveries::end(tx, sealer_, d));
                           if (!d.user || (d.state != DeliveryState::failed && d.state != DeliveryState::unknown))
                             continue;
                           auto next = try_next_way(tx, context(), d);
                           if (!next) return next;
                           more = more || *next;
                         }
                         if (also) LINLI_TRY(also(tx));
                         return more;
                       })
                       .get();
    if (written) {
      if (*written && queued_) queued_();
      return true;
    }
    if (written.error().code == Errc::shutting_down || stopping_) return false;
    log::error("notify.unwritten", written.error());
    std::this_thread::sleep_for(wait);
  }
}

void Letters::recover() {
  auto done =
      writer_
          .write([&](Tx& tx) -> Result<bool> {
            // Whatever is taken up again, its thread may be asleep.
            auto left = tx.value<std::int64_t>(
                "SELECT COUNT(*) FROM deliveries WHERE state IN ('queued', 'sending') AND state = 'sending' AND "
                "due_at < $1",
                {clock_.now() - 1min});
            if (!left) return tl::unexpected(std::move(left).error());
            bool more = left->value_or(0) > 0;
            auto lost = deliveries::recover(tx, sealer_, clock_.now());
            if (!lost) return tl::unexpected(std::move(lost).error());
            for (const Delivery& d : *lost) {
              if (!d.user) continue;
              auto next = try_next_way(tx, context(), d);
              if (!next) return next;
              more = more || *next;
            }
            return more;
          })
          .get();
  if (done && *done && queued_) queued_();
  if (!done && done.error().code != Errc::shutting_down) log::error("notify.unwritten", done.error());
}

}  // namespace linli::notify
