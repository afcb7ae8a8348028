#include "app/eval_reports.h"

#include <cstdio>
#include <fstream>

#include "app/command.h"
#include "leads/train/compare.h"
#include "leads/train/error_page.h"

namespace linli::app {
namespace {

void list(const train::CaseKind& before, const train::CaseKind& after, bool gained, std::size_t most) {
  for (std::size_t i = 0; i < before.cases.size() && most > 0; ++i) {
    if (before.cases[i].right == after.cases[i].right || after.cases[i].right != gained) continue;
    std::printf("    %c %s  %s\n", gained ? '+' : '-', after.cases[i].where.c_str(), after.cases[i].text.c_str());
    --most;
  }
}

}  // namespace

void write_error_page(const std::vector<LabelledDay>& days, const std::vector<train::Predicted>& predicted,
                      const std::string& model, const std::string& file) {
  const std::string page = train::error_page(days, predicted, model);
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(page.data(), static_cast<std::streamsize>(page.size()));
  if (!out.flush()) fail(Error{Errc::file_unwritable, Where::at(file), {}});
  std::printf("\n%s: open it in a browser; it holds the chat in clear\n", file.c_str());
}

void print_comparison(const std::vector<LabelledDay>& days, const std::vector<train::Predicted>& a,
                      const std::vector<train::Predicted>& b, std::size_t listed) {
  std::printf("%-36s %8s %8s %8s   %-18s chance\n", "figure", "first", "second", "change", "95 % over days");
  for (const auto& c : train::compare_figures(train::score(days, a), train::score(days, b))) {
    std::printf("%-36s %8.4f %8.4f %+8.4f   [%+.3f, %+.3f]   %.3f\n", c.name.c_str(), c.a, c.b, c.b - c.a, c.low,
                c.high, c.chance);
  }
  std::printf("\n%-36s %8s %8s %8s %8s %8s   chance\n", "case", "cases", "first", "second", "gained", "lost");
  const auto before = train::judge_cases(days, a), after = train::judge_cases(days, b);
  for (std::size_t k = 0; k < before.size(); ++k) {
    std::size_t first = 0, second = 0, gained = 0, lost = 0;
    for (std::size_t i = 0; i < before[k].cases.size(); ++i) {
      const bool x = before[k].cases[i].right, y = after[k].cases[i].right;
      first += x, second += y, gained += !x && y, lost += x && !y;
    }
    std::printf("%-36s %8zu %8zu %8zu %8zu %8zu   %.3f\n", before[k].name.c_str(), before[k].cases.size(), first,
                second, gained, lost, train::sign_test(gained, lost));
    list(before[k], after[k], true, listed);
    list(before[k], after[k], false, listed);
  }
  std::printf(
      "\nchance: how often so large a change would come up if the models were equally good. Over days: paired "
      "bootstrap "
      "of %zu days%s. Over cases: sign test; messages of one lead hang together, so that for messages it is too "
      "sure.\n",
      days.size(), days.size() < 5 ? " (too few to rely on)" : "");
}

}  // namespace linli::app
