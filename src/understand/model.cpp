#include "understand/model.h"

#include "understand/bytes.h"

namespace linli {
namespace {
constexpr std::string_view kMagic = "linli model 1\n";
}

const Trees& Model::tree(std::string_view name) const {
  static const Trees none;
  const auto it = trees.find(name);
  return it == trees.end() ? none : it->second;
}

float Model::setting(std::string_view name, float otherwise) const {
  const auto it = settings.find(name);
  return it == settings.end() ? otherwise : it->second;
}

std::string Model::write() const {
  std::string out(kMagic);
  bytes::put_string(out, info.version);
  bytes::put_string(out, info.data_hash);
  bytes::put_string(out, info.figures);
  bytes::put(out, static_cast<std::uint32_t>(settings.size()));
  for (const auto& [name, value] : settings) {
    bytes::put_string(out, name);
    bytes::put(out, value);
  }
  bytes::put_vector(out, rates);
  text.write(out);
  bytes::put(out, static_cast<std::uint32_t>(trees.size()));
  for (const auto& [name, t] : trees) {
    bytes::put_string(out, name);
    t.write(out);
  }
  return out;
}

Result<Model> Model::read(std::string_view in, std::string_view source) {
  const auto broken = [&] { return fail(Errc::model_broken, Where::at(std::string(source))); };
  if (!in.starts_with(kMagic)) return broken();
  in.remove_prefix(kMagic.size());
  Model m;
  std::uint32_t n = 0;
  if (!bytes::get_string(in, m.info.version) || !bytes::get_string(in, m.info.data_hash) ||
      !bytes::get_string(in, m.info.figures) || !bytes::get(in, n)) {
    return broken();
  }
  for (std::uint32_t i = 0; i < n; ++i) {
    std::string name;
    float value = 0;
    if (!bytes::get_string(in, name) || !bytes::get(in, value)) return broken();
    m.settings[name] = value;
  }
  if (!bytes::get_vector(in, m.rates) || !TextModel::read(in, m.text) || !bytes::get(in, n)) return broken();
  for (std::uint32_t i = 0; i < n; ++i) {
    std::string name;
    if (!bytes::get_string(in, name) || !Trees::read(in, m.trees[name])) return broken();
  }
  if (!in.empty()) return broken();
  return m;
}

}  // namespace linli
