// What a database must be able to do for store/database.h. Internal to `store`.
#pragma once
#include <functional>
#include <memory>

#include "store/database.h"

namespace linli::detail {

class Driver {
 public:
  enum class Mark { make, keep, undo };           // of a savepoint
  using Visit = std::function<bool(const Row&)>;  // false: enough

  virtual ~Driver() = default;
  virtual Engine engine() const = 0;
  virtual void* native() const = 0;
  virtual Result<void> begin(Access access) = 0;
  virtual Result<void> commit() = 0;
  virtual void rollback() = 0;
  virtual Result<void> mark(Mark mark) = 0;
  virtual Result<std::int64_t> run(std::string_view sql, std::span<const Param> params) = 0;
  virtual Result<void> each(std::string_view sql, std::span<const Param> params, const Visit& visit) = 0;
  virtual Result<std::vector<bool>> insert(const Insert& insert, std::span<const Param> values) = 0;
  virtual Result<void> script(std::string_view sql) = 0;

  // The first error of the transaction: nothing more goes until it, or the savepoint around it, is undone.
  std::optional<Error> failure;
};

Result<std::unique_ptr<Driver>> open_sqlite(const std::filesystem::path& file, Access access);
Result<std::unique_ptr<Driver>> open_postgres(const std::string& url, Access access);

// For texts as keys of maps, looked up by view.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

}  // namespace linli::detail
