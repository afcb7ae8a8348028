#include "people/opt_outs.h"

#include <algorithm>
#include <string>

#include "base/utf8.h"

namespace linli {

OptOutSaying opt_out_saying(std::string_view text) {
  if (text.size() < kOptOutWords.size() || text.size() > 60) return OptOutSaying::none;
  static const std::string_view aside[] = {" ",  "\t", "\n", "\r", "#",  ".",  ",",  "!",  "~", "。",
                                           "，", "！", "、", "＃", "　", "【", "】", "「", "」"};
  std::string bare;
  while (!text.empty()) {
    bool skipped = false;
    for (const std::string_view sign : aside) {
      if (!text.starts_with(sign)) continue;
      text.remove_prefix(sign.size());
      skipped = true;
      break;
    }
    if (skipped) continue;
    bare += text.front();
    text.remove_prefix(1);
  }
  if (bare == kOptOutWords) return OptOutSaying::out;
  return bare == kOptInWords ? OptOutSaying::in : OptOutSaying::none;
}

Result<void> OptOuts::load(Tx& tx) {
  Said found, names;
  LINLI_TRY(tx.each("SELECT channel_id, sender, opted_out, said_at FROM opt_outs", {}, [&](const Row& r) {
    found[{r.get<ChannelId>(0), r.get<std::int64_t>(1)}] = {r.get<bool>(2), r.get<Instant>(3)};
  }));
  LINLI_TRY(tx.each("SELECT channel_id, name, opted_out, said_at FROM opt_out_names", {}, [&](const Row& r) {
    names[{r.get<ChannelId>(0), r.get<std::int64_t>(1)}] = {r.get<bool>(2), r.get<Instant>(3)};
  }));
  std::unique_lock lock(mutex_);
  said_ = std::move(found);
  names_ = std::move(names);
  return {};
}

bool OptOuts::has_name(const Resident& name) const {
  std::shared_lock lock(mutex_);
  if (names_.empty()) return false;
  const auto at = names_.find(name);
  return at != names_.end() && at->second.out;
}

bool OptOuts::has(const Resident& resident) const {
  std::shared_lock lock(mutex_);
  if (said_.empty()) return false;
  const auto at = said_.find(resident);
  return at != said_.end() && at->second.out;
}

std::size_t OptOuts::count() const {
  std::shared_lock lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(said_, [](const auto& one) { return one.second.out; }));
}

bool OptOuts::is_new(const Resident& resident, const OptOut& said) const {
  std::shared_lock lock(mutex_);
  const auto at = said_.find(resident);
  return at == said_.end() || said.over(at->second);
}

Result<bool> OptOuts::write(Tx& tx, const Resident& r, const OptOut& said) {
  auto written = tx.run(
      "INSERT INTO opt_outs (channel_id, sender, opted_out, said_at) VALUES ($1, $2, $3, $4) ON CONFLICT (channel_id, "
      "sender) DO UPDATE SET opted_out = excluded.opted_out, said_at = excluded.said_at WHERE excluded.said_at > "
      "opt_outs.said_at OR (excluded.said_at = opt_outs.said_at AND excluded.opted_out > opt_outs.opted_out)",
      {r.channel, r.sender, said.out, said.at});
  if (!written) return tl::unexpected(std::move(written).error());
  return *written == 1;
}

Result<void> OptOuts::write_name(Tx& tx, const Resident& name, const OptOut& said) {
  LINLI_TRY(
      tx.run("INSERT INTO opt_out_names (channel_id, name, opted_out, said_at) VALUES ($1, $2, $3, $4) ON CONFLICT "
             "(channel_id, "
             "name) DO UPDATE SET opted_out = excluded.opted_out, said_at = excluded.said_at WHERE excluded.said_at > "
             "opt_out_names.said_at OR (excluded.said_at = opt_out_names.said_at AND excluded.opted_out > "
             "opt_out_names.opted_out)",
             {name.channel, name.sender, said.out, said.at}));
  return {};
}

void OptOuts::keep_name(const Resident& name, const OptOut& said) {
  std::unique_lock lock(mutex_);
  const auto [at, unseen] = names_.try_emplace(name, said);
  if (!unseen && said.over(at->second)) at->second = said;
}

void OptOuts::keep(const Resident& resident, const OptOut& said) {
  std::unique_lock lock(mutex_);
  const auto [at, unseen] = said_.try_emplace(resident, said);
  if (!unseen && said.over(at->second)) at->second = said;
}

}  // namespace linli
