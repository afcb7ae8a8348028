#include <algorithm>
#include <array>

#include "api/file_json.h"
#include "api/handlers.h"
#include "cases/case_store.h"

namespace linli::api {
namespace {

// What a browser may show in place; everything else is saved, never run.
bool is_picture(std::string_view media_type) {
  constexpr std::array<std::string_view, 4> kPictures{"image/jpeg", "image/png", "image/gif", "image/webp"};
  return std::find(kPictures.begin(), kPictures.end(), media_type) != kPictures.end();
}

// Of a message that was not taken back: one of a lead in scope, or, as the card shows talk around a lead, one of a group that
// such a lead shows up in, for those with the right to it. flags: channels/messages.cpp, bit 4 is "recalled".
// Files of a confidential case's lead are for few, be they talk around another lead.
//   $2 everywhere(leads_read)  $3 user  $4 today  $5 everywhere(history_read)  $6 everywhere(cases_hidden)
constexpr std::string_view kFind =
    "SELECT a.name, a.media_type, a.blob FROM attachments a JOIN messages m ON m.id = a.message_id "
    "WHERE a.id = $1 AND a.blob IS NOT NULL AND (m.flags / 4) % 2 = 0 AND NOT EXISTS (SELECT 1 FROM lead_messages own "
    "WHERE own.message_id = m.id AND NOT (" LINLI_LEAD_NOT_HIDDEN("own.lead_id", "$6", "$3", "$4") ")) AND ("
    "EXISTS (SELECT 1 FROM lead_messages s JOIN leads l ON l.id = s.lead_id WHERE s.message_id = m.id "
    "AND " LINLI_IN_SCOPE("l.grid_path", leads_read, "$2", "$3", "$4") ") "
    "OR EXISTS (SELECT 1 FROM messages n JOIN lead_messages s ON s.message_id = n.id JOIN leads l ON l.id = s.lead_id "
    "WHERE n.group_id = m.group_id AND " LINLI_IN_SCOPE("l.grid_path", history_read, "$5", "$3", "$4") "))";

}  // namespace

std::string disposition_name(std::string_view name) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out = "filename*=UTF-8''";
  for (const char c : name) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
        c == '_') {
      out += c;
    } else {
      ((out += '%') += kHex[static_cast<unsigned char>(c) >> 4]) += kHex[c & 15];
    }
  }
  return out;
}

void get_attachment(Call call) {
  const auto id = parse_id<AttachmentTag>(call.request.params[0]);
  const Error missing{Errc::not_found, Where::at_field("attachment"), {}};
  if (!id || !call.services.open_blob) return call.fail(missing);
  read(std::move(call), [id = *id, missing](Call& c, Tx& tx) -> Result<Response> {
    std::string sealed_name, media_type, blob;
    const Actor& actor = c.actor();
    auto found = tx.first(kFind,
                          {id, actor.everywhere(Right::leads_read), actor.id, actor.today.number,
                           actor.everywhere(Right::history_read), actor.everywhere(Right::cases_hidden)},
                          [&](const Row& row) {
                            sealed_name = row.get<std::string>(0);
                            media_type = row.get<std::string>(1);
                            blob = row.get<std::string>(2);
                          });
    if (!found) return tl::unexpected(std::move(found).error());
    if (!*found) return tl::unexpected(missing);
    auto name = c.services.sealer.open("attachments.name", sealed_name);
    if (!name) return tl::unexpected(std::move(name).error());
    auto bytes = c.services.open_blob(blob);
    if (!bytes) return tl::unexpected(std::move(bytes).error());

    Response response;
    const bool picture = is_picture(media_type);
    response.content_type = picture ? media_type : "application/octet-stream";
    response.body = *std::move(bytes);
    response.headers.emplace_back("content-disposition",
                                  (picture ? "inline; " : "attachment; ") + disposition_name(*name));
    response.headers.emplace_back("content-security-policy", "default-src 'none'; sandbox");
    return response;
  });
}

}  // namespace linli::api
