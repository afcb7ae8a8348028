#include "store/token_index.h"

#include <unicode/uchar.h>

#include <set>

#include "base/log.h"
#include "base/normal_form.h"

namespace linli {
namespace {

constexpr int kVersion = 1;
constexpr std::string_view kPlace = "search.token";

constexpr std::string_view kSchema =
    "CREATE TABLE about (version INTEGER NOT NULL, key_check INTEGER NOT NULL, position INTEGER NOT NULL, "
    "complete INTEGER NOT NULL, filled INTEGER NOT NULL);"
    "CREATE TABLE documents (id INTEGER PRIMARY KEY, tokens TEXT NOT NULL);"
    "CREATE VIRTUAL TABLE words USING fts5(tokens, content='documents', content_rowid='id', detail=none, columnsize=0, "
    "tokenize='ascii');";
constexpr std::string_view kFind =
    "SELECT rowid FROM words WHERE words MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3";
constexpr std::string_view kOld = "SELECT tokens FROM documents WHERE id = $1";
constexpr std::string_view kForget = "INSERT INTO words (words, rowid, tokens) VALUES ('delete', $1, $2)";
constexpr std::string_view kAdd = "INSERT INTO words (rowid, tokens) VALUES ($1, $2)";
constexpr std::string_view kKeep =
    "INSERT INTO documents (id, tokens) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET tokens = excluded.tokens";

// 40 bits are enough: a stranger among some hundred thousand pairs costs one text that is opened in vain.
std::string token(const Sealer& sealer, std::string_view kind, std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  auto hash = static_cast<std::uint64_t>(sealer.hash(kPlace, std::string(kind) + std::string(bytes)));
  std::string out(10, '0');
  for (char& c : out) {
    c = kHex[hash & 15];
    hash >>= 4;
  }
  return out;
}

void add_pairs(const Sealer& sealer, std::string_view squeezed, std::set<std::string>& out) {
  const std::u32string points = decode_utf8(squeezed);
  for (std::size_t i = 0; i + 1 < points.size(); ++i)
    out.insert(token(sealer, "w", encode_utf8(std::u32string_view(points).substr(i, 2))));
}

// The path itself and those above it.
void add_paths(const Sealer& sealer, std::string_view path, std::set<std::string>& out) {
  while (!path.empty()) {
    out.insert(token(sealer, "p", path));
    const std::size_t slash = path.rfind('/');
    path = path.substr(0, slash == path.npos ? 0 : slash);
  }
}

std::string tokens_of(const Sealer& sealer, const TokenIndex::Document& document) {
  std::set<std::string> tokens;
  for (const std::string& text : document.texts) add_pairs(sealer, squeeze(text), tokens);
  for (const std::string& path : document.paths) add_paths(sealer, path, tokens);
  std::string out;
  for (const std::string& one : tokens) (out += one) += ' ';
  return out;
}

}  // namespace

std::string squeeze(std::string_view utf8) {
  const NormalForm form = normalize(utf8);
  std::string out;
  for (const char32_t point : form.points)
    if (u_isalnum(static_cast<UChar32>(point))) append_utf8(out, point);
  return out;
}

std::optional<FoundAt> find_squeezed(std::string_view text, std::string_view term) {
  const NormalForm form = normalize(text);
  std::string squeezed;
  std::vector<std::uint32_t> point_at;  // of each byte
  for (std::uint32_t i = 0; i < form.points.size(); ++i) {
    if (!u_isalnum(static_cast<UChar32>(form.points[i]))) continue;
    append_utf8(squeezed, form.points[i]);
    point_at.resize(squeezed.size(), i);
  }
  const std::size_t at = term.empty() ? squeezed.npos : squeezed.find(term);
  if (at == squeezed.npos) return {};
  return FoundAt{form.original_begin(point_at[at]), form.original_end(point_at[at + term.size() - 1] + 1)};
}

std::vector<std::string> search_terms(std::string_view typed) {
  const NormalForm form = normalize(typed);
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin <= form.bytes.size();) {
    const std::size_t end = std::min(form.bytes.find(' ', begin), form.bytes.size());
    if (std::string term = squeeze(std::string_view(form.bytes).substr(begin, end - begin)); !term.empty())
      out.push_back(std::move(term));
    begin = end + 1;
  }
  return out;
}

struct TokenIndex::Impl {
  Impl(const Sealer& s, Connection w, Connection r) : sealer(s), writing(std::move(w)), reading(std::move(r)) {}

  const Sealer& sealer;
  std::mutex write_lock, read_lock;
  Connection writing, reading;
};

TokenIndex::TokenIndex(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TokenIndex::TokenIndex(TokenIndex&&) noexcept = default;
TokenIndex::~TokenIndex() = default;

namespace {

constexpr std::string_view kMake =
    "INSERT INTO about (version, key_check, position, complete, filled) VALUES ($1, $2, 0, 0, 0)";

// A connection to write; with `make` the schema is made. None: it is of another key or version. Error: not such a file, or
// broken.
Result<std::optional<Connection>> open_fitting(const Database& database, std::int64_t key_check, bool make) {
  auto connection = database.connect(Access::write);
  if (!connection) return tl::unexpected(std::move(connection).error());
  // What a power cut takes from it is fed again: how far it was fed goes with it.
  LINLI_TRY(connection->script("PRAGMA synchronous=NORMAL"));
  if (make) LINLI_TRY(connection->script(kSchema));
  auto tx = connection->begin();
  if (!tx) return tl::unexpected(std::move(tx).error());
  if (make) LINLI_TRY(tx->run(kMake, {kVersion, key_check}));
  bool fits = false;
  auto there = tx->value<std::int64_t>("SELECT COUNT(*) FROM sqlite_master WHERE name = 'about'");
  if (!there) return tl::unexpected(std::move(there).error());
  if (there->value_or(0) != 0)
    LINLI_TRY(tx->first("SELECT version, key_check FROM about", {}, [&](const Row& row) {
      fits = row.get<int>(0) == kVersion && row.get<std::int64_t>(1) == key_check;
    }));
  LINLI_TRY(tx->commit());
  return fits ? std::optional(*std::move(connection)) : std::nullopt;
}

}  // namespace

Result<TokenIndex> TokenIndex::open(const std::filesystem::path& file, const Sealer& sealer) {
  const std::int64_t key_check = sealer.hash(kPlace, "key");
  const Database database = Database::sqlite(file);
  std::error_code ignored;
  auto writing = std::filesystem::exists(file, ignored) ? open_fitting(database, key_check, false)
                                                        : Result<std::optional<Connection>>(std::nullopt);
  if (!writing) log::warn("search.index_broken", writing.error());
  if (!writing || !*writing) {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix, ignored);
    writing = open_fitting(database, key_check, true);
    if (!writing) return tl::unexpected(std::move(writing).error());
  }
  auto reading = database.connect(Access::read);
  if (!reading) return tl::unexpected(std::move(reading).error());
  return TokenIndex(std::make_unique<Impl>(sealer, **std::move(writing), *std::move(reading)));
}

Result<void> TokenIndex::put(std::span<const Document> documents, const Progress& progress) {
  std::vector<std::string> tokens;
  tokens.reserve(documents.size());
  for (const Document& document : documents)
    tokens.push_back(document.texts.empty() ? std::string() : tokens_of(impl_->sealer, document));

  std::lock_guard lock(impl_->write_lock);
  auto tx = impl_->writing.begin();
  if (!tx) return tl::unexpected(std::move(tx).error());
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const std::int64_t id = documents[i].id;
    auto old = tx->value<std::string>(kOld, {id});
    if (!old) return tl::unexpected(std::move(old).error());
    if (*old && **old == tokens[i]) continue;
    if (*old) LINLI_TRY(tx->run(kForget, {id, **old}));
    if (tokens[i].empty()) {
      LINLI_TRY(tx->run("DELETE FROM documents WHERE id = $1", {id}));
      continue;
    }
    LINLI_TRY(tx->run(kKeep, {id, tokens[i]}));
    LINLI_TRY(tx->run(kAdd, {id, tokens[i]}));
  }
  LINLI_TRY(tx->run("UPDATE about SET position = $1, complete = $2, filled = $3",
                    {progress.position, progress.complete, progress.filled}));
  return tx->commit();
}

Result<TokenIndex::Progress> TokenIndex::progress() const {
  std::lock_guard lock(impl_->read_lock);
  auto tx = impl_->reading.begin(Access::read);
  if (!tx) return tl::unexpected(std::move(tx).error());
  Progress out;
  LINLI_TRY(tx->first("SELECT position, complete, filled FROM about", {}, [&](const Row& row) {
    out = {row.get<Position>(0), row.get<bool>(1), row.get<std::int64_t>(2)};
  }));
  return out;
}

Result<void> TokenIndex::clear() {
  std::lock_guard lock(impl_->write_lock);
  auto tx = impl_->writing.begin();
  if (!tx) return tl::unexpected(std::move(tx).error());
  LINLI_TRY(tx->run("INSERT INTO words (words) VALUES ('delete-all')"));
  LINLI_TRY(tx->run("DELETE FROM documents"));
  LINLI_TRY(tx->run("UPDATE about SET position = 0, complete = 0, filled = 0"));
  return tx->commit();
}

Result<void> TokenIndex::tidy() {
  std::lock_guard lock(impl_->write_lock);
  auto tx = impl_->writing.begin();
  if (!tx) return tl::unexpected(std::move(tx).error());
  LINLI_TRY(tx->run("INSERT INTO words (words, rank) VALUES ('merge', 500)"));
  return tx->commit();
}

Result<std::vector<std::int64_t>> TokenIndex::find(std::span<const std::string> terms,
                                                   const std::optional<std::vector<std::string>>& paths,
                                                   std::int64_t before, int limit) const {
  std::set<std::string> pairs;
  for (const std::string& term : terms) add_pairs(impl_->sealer, term, pairs);
  if (pairs.empty() || (paths && paths->empty())) return std::vector<std::int64_t>{};
  std::string match;
  for (const std::string& pair : pairs) match += (match.empty() ? "" : " AND ") + pair;
  if (paths) {
    std::string within;
    for (const std::string& path : *paths) within += (within.empty() ? "" : " OR ") + token(impl_->sealer, "p", path);
    match += " AND (" + within + ")";
  }
  std::lock_guard lock(impl_->read_lock);
  auto tx = impl_->reading.begin(Access::read);
  if (!tx) return tl::unexpected(std::move(tx).error());
  std::vector<std::int64_t> out;
  LINLI_TRY(tx->each(kFind, {match, before == 0 ? INT64_MAX : before, limit},
                     [&](const Row& row) { out.push_back(row.get<std::int64_t>(0)); }));
  return out;
}

}  // namespace linli
