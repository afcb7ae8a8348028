#include "app/demo_host.h"

#include <future>

#include "assist/companion_answers.h"
#include "assist/knowledge_table.h"
#include "base/embedded.h"
#include "desk/desk.h"

namespace linli::app {
namespace {

struct Colleague {
  const char *name, *display_name;
  StaffRole role;
  const char* grid;
};
// All of them invented, like the residents.
constexpr Colleague kPeople[] = {{"zhou.qing", "小周", StaffRole::agent, "990101001"},
                                 {"chen.lan", "陈岚", StaffRole::shift_leader, "990101001"},
                                 {"yang.shuji", "杨书记", StaffRole::secretary, "990101001001"},
                                 {"wang.min", "王敏", StaffRole::officer, "99010100100101"},
                                 {"luo.jun", "罗军", StaffRole::officer, "99010100100102"},
                                 {"zhao.shu", "赵叔", StaffRole::volunteer, "9901010010010101"}};

// The knowledge base that the demo begins with; once, later it is the visitor's.
Result<void> add_starter(Program& program) {
  const auto none = program.knowledge().all();
  if (!none.empty()) return {};
  const auto tree = program.grids().tree();
  auto plan = plan_knowledge(linli::embedded::knowledge().front().bytes, {},
                             {*tree,
                              none,
                              [](std::string_view) { return UserId{}; },
                              [](std::string_view) { return true; },
                              [&] { return program.ids().draw<KnowledgeId>(); },
                              program.clock().now(),
                              {}});
  if (!plan) return tl::unexpected(std::move(plan).error());
  if (plan->wrong_total > 0) return tl::unexpected(plan->wrong.front().error);
  std::vector<KnowledgeEntry> entries;
  for (KnowledgeChange& change : plan->changes) entries.push_back(std::move(change.entry));
  auto written = program.writer().write([&](Tx& tx) -> Result<bool> {
    for (const KnowledgeEntry& entry : entries) LINLI_TRY(Knowledge::insert(tx, entry));
    return true;
  });
  LINLI_TRY(written.get());
  program.knowledge().keep(std::move(entries));
  return {};
}

}  // namespace

Result<std::unique_ptr<DemoHost>> DemoHost::open(Program& program, double speed) {
  auto day = DemoDay::embedded();
  if (!day) return tl::unexpected(std::move(day).error());
  auto channel = program.operations().ensure_channel("demo", ChannelKind::demo, true);
  if (!channel) return tl::unexpected(std::move(channel).error());
  if (program.grids().tree()->open() == 0) {  // later it is the visitor's
    auto grids = read_table(day->grids);
    if (!grids) return tl::unexpected(std::move(grids).error());
    LINLI_TRY(program.operations().import_grids(*grids, {}, true));
    for (const auto& [name, display_name, role, grid] : kPeople)
      LINLI_TRY(program.operations().add_user(name, display_name, role, grid));
    LINLI_TRY(add_starter(program));
  }
  LINLI_TRY(program.operations().admit(*channel, day->directory, "荷塘社区（演示）", "演示数据，人物与地点均为虚构"));
  program.placing().directories_changed();
  std::unique_ptr<DemoHost> host(new DemoHost(program, std::move(*channel)));
  host->demo_ = std::make_unique<Demo>(
      std::move(*day), [h = host.get()](Message message) { return h->deliver(std::move(message)); },
      [h = host.get()] { return h->clear_queue(); }, program.clock(), speed);
  return host;
}

DemoHost::State DemoHost::state() const {
  const Demo::State s = demo_->state();
  return {s.running, s.paused,        s.speed,          s.chat_time, s.day_start,
          s.day_end, s.messages_sent, s.messages_total, s.round};
}

Result<void> DemoHost::deliver(Message message) {
  auto answered = std::make_shared<std::promise<Result<Receipt>>>();
  auto receipt = answered->get_future();
  LINLI_TRY(program_.intake().take(channel_, {std::move(message)}, false,
                                   [answered](Result<Receipt> r) { answered->set_value(std::move(r)); }));
  LINLI_TRY(receipt.get());
  return {};
}

Sender::Said DemoHost::say(const outgoing::Item& item, const Group& group) {
  Message message;
  message.id = to_text(item.id);
  message.group = group.external_id;
  message.sent_at = program_.clock().now();
  const bool machine = item.purpose == companion::kPurpose;
  message.sender = machine ? "linli-machine" : "linli-desk";
  message.sender_name = machine ? "荷塘社区机器助手" : "荷塘社区服务号";
  message.role = machine ? Role::bot : Role::community_staff;
  message.text = item.words.text;
  message.reply_to = item.words.quotes;
  if (auto delivered = deliver(message); !delivered) return {Sender::Said::How::again, {}, {}};
  return {Sender::Said::How::sent, message.id, {}};
}

Result<void> DemoHost::clear_queue() {
  Actor actor = Actor::all_powerful();
  actor.display_name = "demo";
  std::vector<LeadId> cleared;
  auto written = program_.writer().write([&](Tx& tx) -> Result<bool> {
    cleared.clear();
    for (const auto& group : program_.groups().all(actor)) {
      if (group->channel != channel_.id) continue;
      desk::Filter open;
      open.group = group->id;
      open.limit = 200;
      for (;;) {
        auto page = desk::list(tx, program_.sealer(), actor, open);
        if (!page) return tl::unexpected(std::move(page).error());
        if (page->leads.empty()) break;
        for (const Lead& lead : page->leads) {
          LINLI_TRY(desk::decide(tx, program_.sealer(), actor, lead.id,
                                 {desk::Decision::Kind::dismiss, lead.decision_version, DismissReason::settled,
                                  "演示重新开始 / the demo began again"},
                                 program_.clock().now()));
          cleared.push_back(lead.id);
        }
      }
    }
    return true;
  });
  LINLI_TRY(written.get());
  for (LeadId lead : cleared) program_.placing().dismissed(lead);
  return {};
}

}  // namespace linli::app
