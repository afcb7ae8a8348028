// Files that travel inside the program. cmake/LinliEmbed.cmake makes one library a set.
#pragma once
#include <span>
#include <string_view>

namespace linli {

struct EmbeddedFile {
  std::string_view path;   // relative to the set's folder, with '/'
  std::string_view bytes;  // followed by a NUL that is not counted
};

namespace embedded {
std::span<const EmbeddedFile> migrations();  // src/store/migrations/*.sql
std::span<const EmbeddedFile> messages();    // data/messages/{zh,en}.toml
std::span<const EmbeddedFile> lexicon();     // data/lexicon/*
std::span<const EmbeddedFile> model();       // data/model/*.bin
std::span<const EmbeddedFile> demo();        // data/demo/*
std::span<const EmbeddedFile> knowledge();   // data/knowledge/starter.csv, for the demo
std::span<const EmbeddedFile> prompts();     // data/prompts/*.toml
std::span<const EmbeddedFile> companion();   // data/companion/*.toml
std::span<const EmbeddedFile> pages();       // src/leads/train/pages/*.html
std::span<const EmbeddedFile> web();         // the built console
std::span<const EmbeddedFile> residents();   // the built residents' pages (miniapp/, H5)
}  // namespace embedded
}  // namespace linli
