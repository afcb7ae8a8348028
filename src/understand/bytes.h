// Numbers in model files: little-endian, as they lie in memory on every machine that linli runs on.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace linli::bytes {

static_assert(std::endian::native == std::endian::little);

template <class T>
void put(std::string& out, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
bool get(std::string_view& in, T& value) {
  if (in.size() < sizeof value) return false;
  std::memcpy(&value, in.data(), sizeof value);
  in.remove_prefix(sizeof value);
  return true;
}

template <class T>
void put_vector(std::string& out, const std::vector<T>& values) {
  put(out, static_cast<std::uint32_t>(values.size()));
  if (!values.empty()) out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

template <class T>
bool get_vector(std::string_view& in, std::vector<T>& values) {
  std::uint32_t n = 0;
  if (!get(in, n) || in.size() / sizeof(T) < n) return false;
  values.resize(n);
  if (n) std::memcpy(values.data(), in.data(), n * sizeof(T));
  in.remove_prefix(n * sizeof(T));
  return true;
}

inline void put_string(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

inline bool get_string(std::string_view& in, std::string& text) {
  std::uint32_t n = 0;
  if (!get(in, n) || in.size() < n) return false;
  text = in.substr(0, n);
  in.remove_prefix(n);
  return true;
}

}  // namespace linli::bytes
