// backup and restore: both work on files and the database alone, beside a running program and without the key.
#include <unistd.h>

#include <iostream>

#include "app/commands.h"
#include "app/perform.h"
#include "store/backup.h"

namespace linli::app {
namespace {

bool chinese() { return terminal_language() == Language::zh; }

// On a terminal a line that counts up; in a log nothing.
BackupProgress show_progress() {
  if (!::isatty(STDERR_FILENO)) return {};
  return [last = -1](double share) mutable {
    const int percent = static_cast<int>(share * 100);
    if (percent == last) return;
    last = percent;
    std::cerr << "\r" << percent << " %" << (percent == 100 ? "\n" : "") << std::flush;
  };
}

void say(const Backup& done, const char* zh, const char* en, const std::filesystem::path& folder) {
  const bool small = done.bytes < 10'000'000;
  const std::string size = std::to_string(done.bytes / (small ? 1'000 : 1'000'000)) + (small ? " kB" : " MB");
  if (chinese()) std::cout << zh << " " << folder.string() << "：" << done.files << " 个文件，" << size << "。\n";
  else std::cout << en << " " << folder.string() << ": " << done.files << " files, " << size << ".\n";
}

}  // namespace

void add_backup(CLI::App& app) {
  struct Order : Place {
    std::filesystem::path folder;
  };
  auto out = std::make_shared<Order>();
  CLI::App* command = app.add_subcommand("backup", "Copy everything but the key into a folder, also while linli runs");
  command->add_option("DIR", out->folder, "A new or empty folder")->required();
  add_place(*command, *out);
  command->callback([out] {
    const Settings settings = need(load_settings(*out));
    const Database database = need(configured_database(settings, out->data));
    say(need(make_backup(database, out->data / "blobs", out->folder, show_progress())), "备份已写入",
        "Backup written to", out->folder);
    const std::string key = configured_key_file(settings, out->data).string();
    if (chinese()) std::cout << "密钥文件不在备份里，请另外妥善保存：" << key << "\n";
    else std::cout << "The key file is not in it; keep a copy of it somewhere else: " << key << "\n";
  });

  auto in = std::make_shared<Order>();
  command = app.add_subcommand("restore", "Check a backup and bring it back into a new data folder");
  command->add_option("DIR", in->folder, "The backup")->required();
  add_place(*command, *in);
  command->callback([in] {
    const Settings settings = need(load_settings(*in));
    const Database database = need(configured_database(settings, in->data));
    say(need(restore_backup(in->folder, in->data, database, show_progress())), "已恢复到", "Restored to", in->data);
    const std::string key = configured_key_file(settings, in->data).string();
    if (std::filesystem::exists(key)) return;
    if (chinese()) std::cout << "请把密钥文件放到：" << key << "，然后启动 linli serve。\n";
    else std::cout << "Put the key file here: " << key << ", then start linli serve.\n";
  });
}

}  // namespace linli::app
