// linli audit: is the audit log whole, and the log as a file.
#include <boost/json.hpp>
#include <iostream>

#include "app/commands.h"
#include "app/perform.h"

namespace linli::app {
namespace {

namespace json = boost::json;

void print_flaw(const json::object& flaw, Language language) {
  const Args args{{"sequence", std::to_string(flaw.at("sequence").as_int64())},
                  {"count", std::to_string(flaw.at("count").as_int64())}};
  std::cerr << phrase("audit.flaw." + std::string(flaw.at("kind").as_string()), args, language) << "\n";
}

}  // namespace

void add_audit(CLI::App& app) {
  CLI::App* audit = app.add_subcommand("audit", "The audit log: verify it, export it");
  audit->require_subcommand(1);

  struct Verify : Place {
    std::vector<std::string> known;
  };
  auto verify = std::make_shared<Verify>();
  CLI::App* command = audit->add_subcommand(
      "verify", "Find any entry that was changed, removed, swapped or cut off; ends with 1 when there is one");
  command->add_option("--known", verify->known,
                      "An end of the log that was noted elsewhere, as verify prints it: 1234:0a1b… (may be repeated)");
  add_place(*command, *verify);
  command->callback([verify] {
    const auto found = perform(
        *verify, {{"command", "audit-verify"}, {"known", json::array(verify->known.begin(), verify->known.end())}});
    const Language language = terminal_language();
    for (const auto& flaw : found.at("flaws").as_array()) print_flaw(flaw.as_object(), language);
    const auto flaws = found.at("flaw_count").as_int64();
    if (flaws > 0) {
      std::int64_t first = found.at("flaws").as_array().front().as_object().at("sequence").as_int64();
      fail(Error{Errc::audit_broken, {}, {{"count", std::to_string(flaws)}, {"sequence", std::to_string(first)}}});
    }
    std::cout << phrase("audit.whole",
                        {{"entries", std::to_string(found.at("entries").as_int64())},
                         {"anchors", std::to_string(found.at("anchors").as_int64())},
                         {"head", std::string(found.at("head").as_string())}},
                        language)
              << "\n";
  });

  struct Export : Place {
    std::filesystem::path file;
    std::string from, to, what;
  };
  auto out = std::make_shared<Export>();
  command = audit->add_subcommand("export", "Write the log as a file; this is an entry of the log itself");
  command->add_option("FILE", out->file, "Ends with .csv, or .ndjson (with everything that the hashes cover)")
      ->required()
      ->check([](const std::string& text) {
        const auto extension = std::filesystem::path(text).extension();
        return extension == ".csv" || extension == ".ndjson" ? std::string() : "FILE must end with .csv or .ndjson";
      });
  command->add_option("--from", out->from, "Not earlier, such as 2026-11-01T00:00:00+08:00");
  command->add_option("--to", out->to, "Before this instant");
  command->add_option("--what", out->what, "What was done, such as sign_in or lead.confirmed");
  add_place(*command, *out);
  command->callback([out] {
    const auto done = perform(*out, {{"command", "audit-export"},
                                     {"file", std::filesystem::absolute(out->file).string()},
                                     {"from", out->from},
                                     {"to", out->to},
                                     {"what", out->what}});
    std::cout << phrase("audit.exported",
                        {{"entries", std::to_string(done.at("entries").as_int64())}, {"file", out->file.string()}},
                        terminal_language())
              << "\n";
  });
}

}  // namespace linli::app
