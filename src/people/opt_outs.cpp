#include "people/opt_outs.h"

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
  std::unordered_set<Resident, ResidentHash> found;
  LINLI_TRY(tx.each("SELECT channel_id, sender FROM opt_outs", {}, [&](const Row& r) {
    found.insert({r.get<ChannelId>(0), r.get<std::int64_t>(1)});
  }));
  std::unique_lock lock(mutex_);
  out_ = std::move(found);
  return {};
}

bool OptOuts::has(const Resident& resident) const {
  std::shared_lock lock(mutex_);
  return !out_.empty() && out_.contains(resident);
}

std::size_t OptOuts::count() const {
  std::shared_lock lock(mutex_);
  return out_.size();
}

Result<void> OptOuts::write(Tx& tx, const Resident& r, bool out, Instant now) {
  if (out)
    LINLI_TRY(
        tx.run("INSERT INTO opt_outs (channel_id, sender, since) VALUES ($1, $2, $3) ON CONFLICT (channel_id, "
               "sender) DO NOTHING",
               {r.channel, r.sender, now}));
  else LINLI_TRY(tx.run("DELETE FROM opt_outs WHERE channel_id = $1 AND sender = $2", {r.channel, r.sender}));
  return {};
}

void OptOuts::keep(const Resident& resident, bool out) {
  std::unique_lock lock(mutex_);
  if (out) out_.insert(resident);
  else out_.erase(resident);
}

}  // namespace linli
