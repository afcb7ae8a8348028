#include "channels/form/form.h"

namespace linli::form {
namespace {

constexpr std::string_view kGroups = "form/", kContact = "reports.contact";

}  // namespace

bool is_group(std::string_view external_id) { return external_id.starts_with(kGroups); }

Message message(const Report& report, const Group& group, std::string_view sender_name, Instant now) {
  Message out;
  out.id = report.once;
  out.group = group.external_id;
  out.sent_at = now;
  out.sender = report.contact.phone.empty() ? report.once : "phone " + report.contact.phone;
  out.sender_name = report.contact.name.empty() ? std::string(sender_name) : report.contact.name;
  out.text = report.place + "：" + report.text;
  out.attachments = report.pictures;
  return out;
}

Group group_of(const Grid& community, const GridTree& tree, const Channel& channel, GroupId id, std::string name,
               std::string responsible, std::string legal_basis, Instant now) {
  Group bare;
  bare.id = id;
  bare.channel = channel.id;
  bare.external_id = std::string(kGroups) + community.code;
  bare.name = std::move(name);
  Admission admission;
  admission.responsible = std::move(responsible);
  admission.legal_basis = std::move(legal_basis);
  admission.notice_at = now;  // who fills in the form reads it there
  bind(admission, tree, community.id);
  Group out = admitted(std::move(bare), admission, {}, now);
  out.notice_token = random_link_token();
  return out;
}

// Name and phone on two lines.
Result<void> add_contact(Tx& tx, const Sealer& sealer, MessageId message, const Contact& contact) {
  const std::string sealed = sealer.seal(kContact, contact.name + "\n" + contact.phone);
  LINLI_TRY(tx.run("INSERT INTO reports (message_id, contact) VALUES ($1, $2) ON CONFLICT (message_id) DO NOTHING",
                   {message, Blob{sealed}}));
  return {};
}

Result<std::optional<Contact>> contact_of(Tx& tx, const Sealer& sealer, LeadId lead) {
  std::optional<Contact> out;
  std::optional<Error> wrong;
  LINLI_TRY(
      tx.first("SELECT r.contact FROM reports r JOIN lead_messages s ON s.message_id = r.message_id WHERE s.lead_id = "
               "$1 ORDER BY r.message_id LIMIT 1",
               {lead}, [&](const Row& row) {
                 auto plain = sealer.open(kContact, row.bytes(0));
                 if (!plain) {
                   wrong = std::move(plain).error();
                   return;
                 }
                 const std::size_t line = plain->find('\n');
                 out = Contact{plain->substr(0, line), line == plain->npos ? "" : plain->substr(line + 1)};
               }));
  if (wrong) return tl::unexpected(*std::move(wrong));
  return out;
}

}  // namespace linli::form
