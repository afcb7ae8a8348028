#include "channels/imports_job.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>

#include "store/files.h"

namespace linli {
namespace {

namespace json = boost::json;

json::object columns_json(const ColumnMap& columns) {
  json::object out;
  for (std::size_t c = 0; c < kColumns; ++c)
    if (!columns[c].empty()) out[name(static_cast<Column>(c))] = columns[c].front();
  return out;
}

ColumnMap columns_of(const json::value& value) {
  ColumnMap out;
  if (!value.is_object()) return out;
  for (const auto& [key, heading] : value.as_object())
    if (const auto column = parse_column(key); column && heading.is_string())
      out[static_cast<std::size_t>(*column)] = {std::string(heading.as_string())};
  return out;
}

std::string piece_name(std::int64_t offset) {
  std::string digits = std::to_string(offset);
  return std::string(13 - std::min<std::size_t>(13, digits.size()), '0') + digits;
}

std::vector<std::filesystem::path> pieces(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> out;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
    if (entry.path().extension().empty()) out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

}  // namespace

json::object Imports::Job::to_json() const {
  json::object out{{"file_name", file_name},
                   {"size", size},
                   {"received", received},
                   {"new", counts.fresh},
                   {"known", counts.known},
                   {"dropped", counts.dropped},
                   {"system_lines", counts.system_lines},
                   {"wrong", counts.wrong},
                   {"resumed", resumed},
                   {"me", choice.me},
                   {"shape", nullptr},
                   {"survey", nullptr},
                   {"error", nullptr}};
  if (state != ImportState::receiving && state != ImportState::looking) out["shape"] = linli::to_json(shape);
  if (!survey.empty()) out["survey"] = survey;
  if (!error.empty()) out["error"] = error;
  return out;
}

std::string Imports::Job::to_body() const {
  json::object out = to_json();
  out["language"] = name(language);
  out["as_of"] = to_millis(choice.shape.as_of);
  if (choice.shape.format) out["choice_format"] = name(*choice.shape.format);
  if (choice.shape.encoding) out["choice_encoding"] = name(*choice.shape.encoding);
  out["choice_columns"] = columns_json(choice.shape.columns);
  return json::serialize(out);
}

void Imports::Job::from_body(const std::string& text) {
  json::error_code wrong;
  const json::value parsed = json::parse(text, wrong);
  if (wrong || !parsed.is_object()) return;
  const json::object& in = parsed.as_object();
  const auto string = [&](std::string_view key) {
    const json::value* found = in.if_contains(key);
    return found && found->is_string() ? std::string(found->as_string()) : std::string();
  };
  const auto number = [&](std::string_view key) {
    const json::value* found = in.if_contains(key);
    return found && found->is_int64() ? found->as_int64() : 0;
  };
  const auto object = [&](std::string_view key) {
    const json::value* found = in.if_contains(key);
    return found && found->is_object() ? found->as_object() : json::object();
  };
  file_name = string("file_name");
  size = number("size");
  language = parse_language(string("language")).value_or(Language::zh);
  choice.me = string("me");
  choice.shape.as_of = from_millis(number("as_of"));
  choice.shape.format = parse_export_format(string("choice_format"));
  choice.shape.encoding = parse_encoding(string("choice_encoding"));
  choice.shape.columns = columns_of(object("choice_columns"));
  survey = object("survey");
  error = object("error");
  counts = {number("new"), number("known"), number("dropped"), number("system_lines"), number("wrong")};
  const json::object told = object("shape");
  const json::value none;
  const auto of = [&](std::string_view key) -> const json::value& { return told.contains(key) ? told.at(key) : none; };
  if (of("format").is_string())
    shape.format = parse_export_format(std::string_view(of("format").as_string())).value_or(ExportFormat::name_time);
  if (of("encoding").is_string())
    shape.encoding = parse_encoding(std::string_view(of("encoding").as_string())).value_or(Encoding::utf8);
  if (of("confidence").is_number()) shape.confidence = of("confidence").to_number<double>();
  if (of("headings").is_array())
    for (const json::value& heading : of("headings").as_array())
      if (heading.is_string()) shape.headings.emplace_back(heading.as_string());
  shape.columns = columns_of(of("columns"));
}

namespace imports {

bool is_over(ImportState state) {
  return state == ImportState::done || state == ImportState::cancelled || state == ImportState::failed;
}
bool is_queued(ImportState state) { return state == ImportState::looking || state == ImportState::running; }

json::object error_json(const Error& error, Language language) {
  const Words words = linli::words(error, language);
  return {{"code", name(error.code)}, {"text", words.text}, {"remedy", words.remedy}};
}

std::string joined(const std::vector<std::string>& headings) {
  std::string out;
  for (const std::string& heading : headings) (out += heading) += '\x1f';
  return out;
}

std::string columns_text(const ColumnMap& columns) { return json::serialize(columns_json(columns)); }

ColumnMap columns_from(std::string_view text) {
  json::error_code wrong;
  const json::value parsed = json::parse(text, wrong);
  return wrong ? ColumnMap{} : columns_of(parsed);
}

Result<void> put_piece(const std::filesystem::path& folder, std::int64_t offset, const std::string& sealed) {
  LINLI_TRY(files::make_folder(folder));
  return files::write(folder / piece_name(offset), sealed);
}

std::int64_t stored_bytes(const std::filesystem::path& folder) {
  std::int64_t out = 0;
  std::error_code ignored;
  for (const auto& file : pieces(folder))
    out += static_cast<std::int64_t>(std::filesystem::file_size(file, ignored)) -
           static_cast<std::int64_t>(Sealer::overhead);
  return std::max<std::int64_t>(0, out);
}

class Bytes::Buffer final : public std::streambuf {
 public:
  Buffer(std::filesystem::path folder, const Sealer& sealer, std::atomic<std::int64_t>& read)
      : files_(pieces(folder)), sealer_(sealer), read_(read) {}

 protected:
  int_type underflow() override {
    if (next_ == files_.size()) return traits_type::eof();
    std::ifstream in(files_[next_++], std::ios::binary);
    const std::string sealed(std::istreambuf_iterator<char>(in), {});
    auto plain = sealer_.open("imports.piece", sealed);
    // Thrown to the thread of Imports: what reads streams knows no errors of ours.
    if (!plain) throw std::runtime_error("a piece of an import cannot be opened");
    read_ += static_cast<std::int64_t>(plain_.size());
    plain_ = std::move(*plain);
    setg(plain_.data(), plain_.data(), plain_.data() + plain_.size());
    return plain_.empty() ? traits_type::eof() : traits_type::to_int_type(*gptr());
  }

 private:
  const std::vector<std::filesystem::path> files_;
  const Sealer& sealer_;
  std::atomic<std::int64_t>& read_;
  std::size_t next_ = 0;
  std::string plain_;
};

Bytes::Bytes(std::filesystem::path folder, const Sealer& sealer, std::atomic<std::int64_t>& read)
    : std::istream(nullptr), buffer_(std::make_unique<Buffer>(std::move(folder), sealer, read)) {
  rdbuf(buffer_.get());
}
Bytes::~Bytes() = default;

}  // namespace imports
}  // namespace linli
