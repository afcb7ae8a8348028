// Leads with messages, written straight into the store.
#pragma once
#include <string>
#include <vector>

#include "channels/messages.h"
#include "leads/lead_store.h"
#include "store/outbox.h"

namespace linli::assist {

struct TestMessage {
  std::int64_t id = 0;
  std::string sender, text;
};

inline Result<void> add_lead_for_test(Tx& tx, const Sealer& sealer, std::int64_t id,
                                      const std::vector<TestMessage>& messages, Instant now, bool review = false,
                                      bool live = true, std::string grid_path = "s/a") {
  Lead lead;
  lead.id = LeadId{id};
  lead.opening = MessageId{messages.front().id};
  lead.revision = 1;
  lead.community = "荷塘社区";
  lead.grid_path = grid_path;
  lead.group = GroupId{7};
  lead.groups = {GroupId{7}};
  lead.category = "water_leak";
  lead.urgency = 2;
  lead.place = "3栋2单元";
  lead.summary = "客厅顶上滴水";
  lead.review = review;
  lead.live = live;
  lead.model_version = "m";
  lead.asked_at = lead.opened_at = lead.latest_at = now;
  lead.message_count = static_cast<int>(messages.size());
  LINLI_TRY(lead_store::insert(tx, sealer, lead));
  std::vector<MessageRow> rows;
  for (const TestMessage& each : messages) {
    Message m;
    m.id = "ext" + std::to_string(each.id);
    m.group = "g";
    m.sender = each.sender;
    m.sender_name = each.sender;
    m.text = each.text;
    MessageRow row;
    row.id = MessageId{each.id};
    row.channel = ChannelId{1};
    row.group = GroupId{7};
    row.sent_at = row.received_at = now;
    row.sender_hash = sealer.hash("messages.sender", m.sender);
    row.body = seal_body(sealer, m);
    rows.push_back(std::move(row));
  }
  LINLI_TRY(insert_messages(tx, rows));
  for (const TestMessage& each : messages) {
    const lead_store::LinkRow link{MessageId{each.id}, lead.id, Act::report, 1, lead_store::seal_reasons(sealer, {})};
    LINLI_TRY(lead_store::link(tx, std::span(&link, 1)));
  }
  return Outbox::append(tx, Event{0, "lead.opened", id, grid_path, "leads.read", now, {}});
}

}  // namespace linli::assist
