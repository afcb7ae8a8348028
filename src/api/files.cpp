// Files of cases: sent by staff with a session or by residents without one, shown to staff in scope or by a signed address.
#include <boost/json.hpp>

#include "api/file_json.h"
#include "api/handlers.h"
#include "api/input.h"
#include "api/public_guard.h"
#include "base/picture.h"
#include "cases/cases.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using What = PublicGuard::What;

constexpr std::string_view kJpeg = "image/jpeg";

// Made anew where it is a picture; anything else as it is, where that is allowed. Takes a while: not on the I/O thread.
struct Sent {
  std::string name;
  bool keep_place = false, pictures_only = true;
};
Result<std::pair<CaseFile, std::string>> made(const Call& call, const Sent& sent) {
  const std::string& body = call.request.body;
  std::pair<CaseFile, std::string> out;
  CaseFile& file = out.first;
  file.name = sent.name;
  file.at = call.services.clock.now();
  if (!picture_kind(body)) {
    if (sent.pictures_only) return linli::fail(Errc::file_refused, Where::at_field("file"));
    file.media_type = "application/octet-stream";
    file.size = static_cast<std::int64_t>(body.size());
    out.second = body;
    return out;
  }
  auto picture = remake_picture(body);
  if (!picture) return tl::unexpected(std::move(picture).error());
  file.media_type = kJpeg;
  file.size = static_cast<std::int64_t>(picture->jpeg.size());
  file.width = picture->width;
  file.height = picture->height;
  if (sent.keep_place) {
    const PictureTaken taken = picture_taken(body);
    if (!taken.at.empty() || taken.lat)
      file.taken = json::serialize(json::object{{"at", taken.at.empty() ? json::value() : json::value(taken.at)},
                                                {"lat", taken.lat ? json::value(*taken.lat) : json::value()},
                                                {"lon", taken.lon ? json::value(*taken.lon) : json::value()}});
  }
  out.second = std::move(picture->jpeg);
  return out;
}

// On a reader's thread: made, kept as a blob, then its row; `answer` is Result<Response>(const CaseFile&).
template <class F>
void keep(Call call, Sent sent, std::optional<std::string> key, F answer) {
  if (call.request.body.empty()) return call.fail({Errc::missing_field, Where::at_field("file"), {}});
  if (call.request.body.size() > case_files::kMostBytes)
    return call.fail(
        {Errc::body_too_large, Where::at_field("file"), {{"max", std::to_string(case_files::kMostBytes)}}});
  if (!call.services.store_blob) return call.fail({Errc::file_unwritable, {}, {}});
  auto shared = std::make_shared<Call>(std::move(call));
  auto taken = shared->services.readers.submit([shared, sent = std::move(sent), key, answer](Result<Tx*> tx) {
    if (!tx) return shared->fail(tx.error());
    Services& s = shared->services;
    auto file = std::make_shared<CaseFile>();
    {
      auto result = made(*shared, sent);
      if (!result) return shared->fail(result.error());
      *file = std::move(result->first);
      auto blob = s.store_blob(result->second);
      if (!blob) return shared->fail(blob.error());
      file->blob = *std::move(blob);
    }
    file->id = s.ids.draw<FileId>();
    if (shared->session) file->by = shared->session->user.id;
    auto written = s.writer.submit(
        [shared, file, key](Tx& wtx) -> Result<void> {
          const Services& services = shared->services;
          LINLI_TRY(case_files::add(wtx, services.sealer, *file, key));
          if (key) return services.public_guard->store(wtx, What::file, shared->request.client);
          return record(*shared, wtx, "file.sent", "file", to_text(file->id),
                        json::serialize(json::object{{"media_type", file->media_type}, {"size", file->size}}));
        },
        [shared, file, answer](Result<void> done) {
          if (!done) return shared->fail(done.error());
          shared->answer(answer(*file));
        });
    if (!written) shared->fail(written.error());
  });
  if (!taken) shared->fail(taken.error());
}

Result<Response> shown(const Call& call, const CaseFile& file) {
  auto bytes = call.services.open_blob(file.blob);
  if (!bytes) return tl::unexpected(std::move(bytes).error());
  Response response;
  const bool picture = file.media_type == kJpeg;
  response.content_type = picture ? std::string(kJpeg) : "application/octet-stream";
  response.body = *std::move(bytes);
  response.headers.emplace_back("content-disposition",
                                (picture ? "inline; " : "attachment; ") + disposition_name(file.name));
  response.headers.emplace_back("content-security-policy", "default-src 'none'; sandbox");
  return response;
}

const Error kMissing{Errc::not_found, Where::at_field("file"), {}};

}  // namespace

json::object file_json(const CaseFile& file) {
  json::object out{{"id", to_text(file.id)}, {"name", file.name},   {"media_type", file.media_type},
                   {"size", file.size},      {"width", file.width}, {"height", file.height},
                   {"shown", file.shown},    {"taken", nullptr},    {"at", format_time(file.at)}};
  if (!file.taken.empty()) out["taken"] = json::parse(file.taken);
  return out;
}

void add_file(Call call) {
  const auto keep_place = flag(call.request, "keep_place");
  if (!keep_place) return call.fail(keep_place.error());
  const std::string name = call.request.query_value("name").value_or("");
  constexpr std::size_t kLongestName = 255;
  if (name.size() > kLongestName)
    return call.fail({Errc::too_long, Where::at_field("name"), {{"max", std::to_string(kLongestName)}}});
  keep(std::move(call), {name, *keep_place, false}, {},
       [](const CaseFile& file) -> Result<Response> { return json_answer(201, json::serialize(file_json(file))); });
}

void get_file(Call call) {
  const auto id = parse_id<FileTag>(call.request.params[0]);
  if (!id || !call.services.open_blob) return call.fail(kMissing);
  read(std::move(call), [id = *id](Call& c, Tx& tx) -> Result<Response> {
    auto file = case_files::find(tx, c.services.sealer, id);
    if (!file) return tl::unexpected(std::move(file).error());
    if (!*file) return tl::unexpected(kMissing);
    if (!(*file)->case_id) {
      if ((*file)->by != c.actor().id) return tl::unexpected(kMissing);
    } else {
      auto one = cases::find(tx, c.services.sealer, c.actor(), (*file)->case_id);
      if (!one && one.error().code != Errc::unknown_case) return tl::unexpected(std::move(one).error());
      if (!one || !sees_content(one->one, c.actor())) return tl::unexpected(kMissing);
    }
    return shown(c, **file);
  });
}

void add_public_file(Call call) {
  if (auto free = call.services.public_guard->take(What::file, call.request.client); !free)
    return call.fail(free.error());
  const std::string key = random_link_token();
  keep(std::move(call), {}, key, [key](const CaseFile& file) -> Result<Response> {
    return json_answer(
        201, json::serialize(json::object{
                 {"key", key}, {"media_type", file.media_type}, {"width", file.width}, {"height", file.height}}));
  });
}

void get_public_file(Call call) {
  const auto id = case_files::signed_file(call.services.sealer, call.request.params[0], call.services.clock.now());
  if (!id || !call.services.open_blob) return call.fail(kMissing);
  read(std::move(call), [id = *id](Call& c, Tx& tx) -> Result<Response> {
    auto file = case_files::find(tx, c.services.sealer, id);
    if (!file) return tl::unexpected(std::move(file).error());
    if (!*file || (*file)->width == 0) return tl::unexpected(kMissing);
    (*file)->name = "picture.jpg";
    return shown(c, **file);
  });
}

}  // namespace linli::api
