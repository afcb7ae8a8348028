// What all subcommands share. A command registers itself with `void add_NAME(CLI::App& app)`, its callback throws
// CLI::RuntimeError(code) to end with a code, and ends with fail() on errors of users, files and networks.
#pragma once
#include <CLI/CLI.hpp>

#include "base/result.h"
#include "base/words.h"

namespace linli::app {

// The language of the terminal: LC_ALL, LC_MESSAGES, LANG; zh or en.
Language terminal_language();

// Prints the error with its remedy on stderr and ends the command with code 1.
[[noreturn]] void fail(const Error& error);

// The value, or fail().
template <class T>
T need(Result<T> result) {
  if (!result) fail(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace linli::app
