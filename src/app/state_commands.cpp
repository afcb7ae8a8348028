// channel, user, import, backup, restore: commands about the state of one linli.
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <iostream>
#include <set>

#include "app/commands.h"
#include "app/perform.h"
#include "people/role.h"

namespace linli::app {
namespace {

namespace json = boost::json;

std::string text(const json::object& answer, std::string_view key) { return std::string(answer.at(key).as_string()); }
bool chinese() { return terminal_language() == Language::zh; }

// ---- channel ----

void add_channel_commands(CLI::App& app) {
  CLI::App* channel = app.add_subcommand("channel", "Ways in: add one, list them");
  channel->require_subcommand(1);

  struct Add : Place {
    std::string name, kind = "webhook";
    bool admit_all = false;
  };
  auto add = std::make_shared<Add>();
  CLI::App* command = channel->add_subcommand("add", "Add a channel and print its secret, once");
  command->add_option("NAME", add->name, "Small letters, digits and -, such as wecom-bridge")->required();
  command->add_option("--kind", add->kind, "webhook: signed messages over HTTP; file: imports")
      ->check(CLI::IsMember({"webhook", "file"}))
      ->capture_default_str();
  command->add_flag("--admit-all", add->admit_all,
                    "Read every group of this channel from its first message on, without anyone admitting it");
  add_place(*command, *add);
  command->callback([add] {
    const auto made = perform(
        *add, {{"command", "channel-add"}, {"name", add->name}, {"kind", add->kind}, {"admit_all", add->admit_all}});
    if (!made.contains("secret")) {
      std::cout << (chinese() ? "已添加渠道 " : "Added channel ") << text(made, "name") << "\n";
      return;
    }
    std::cout << (chinese() ? "已添加渠道 " : "Added channel ") << text(made, "name") << " (" << text(made, "id")
              << ")\n"
              << (chinese() ? "密钥（只显示这一次，请妥善保存）：" : "Secret (shown only now, keep it safe): ")
              << text(made, "secret") << "\n"
              << (chinese() ? "消息发到：" : "Post messages to: ") << "/api/v1/channels/" << text(made, "name")
              << "/messages\n";
  });

  auto list = std::make_shared<Place>();
  command = channel->add_subcommand("list", "List the channels");
  add_place(*command, *list);
  command->callback([list] {
    const auto answer = perform(*list, {{"command", "channel-list"}});
    for (const auto& item : answer.at("channels").as_array())
      std::cout << text(item.as_object(), "id") << "  " << text(item.as_object(), "kind") << "  "
                << text(item.as_object(), "name")
                << (item.as_object().at("admit_all").as_bool() ? "  (admits all groups)" : "") << "\n";
  });
}

// ---- user ----

// One line from stdin; what is typed on a terminal is not shown.
std::string read_password() {
  termios before{};
  const bool terminal = ::tcgetattr(STDIN_FILENO, &before) == 0;
  if (terminal) {
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    std::cerr << (chinese() ? "新密码：" : "New password: ") << std::flush;
  }
  std::string line;
  std::getline(std::cin, line);
  if (terminal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    std::cerr << "\n";
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

void add_user_commands(CLI::App& app) {
  CLI::App* user = app.add_subcommand("user", "People: add one, set a password, make a sign-in link");
  user->require_subcommand(1);

  struct Add : Place {
    std::string name, display_name, role, grid;
  };
  auto add = std::make_shared<Add>();
  CLI::App* adding = user->add_subcommand("add", "Add a person with a role over a grid and everything below it");
  adding->add_option("NAME", add->name, "For signing in: small letters, digits, '.', '-', '_'")->required();
  adding->add_option("--display", add->display_name, "What colleagues read, such as 小周")->required();
  std::set<std::string> roles;
  for (std::size_t i = 0; i < kStaffRoles; ++i) roles.emplace(name(static_cast<StaffRole>(i)));
  adding->add_option("--role", add->role, "What they are")->required()->check(CLI::IsMember(roles));
  adding->add_option("--grid", add->grid, "Code of the grid; none: everywhere");
  add_place(*adding, *add);
  adding->callback([add] {
    perform(*add, {{"command", "user-add"},
                   {"name", add->name},
                   {"display_name", add->display_name},
                   {"role", add->role},
                   {"grid", add->grid}});
    std::cout << (chinese() ? "已添加。用 linli user link " : "Added. A link to sign in with: linli user link ")
              << add->name << (chinese() ? " 生成登录链接。\n" : "\n");
  });

  struct Name : Place {
    std::string name;
    bool from_stdin = false;
  };
  auto password = std::make_shared<Name>();
  CLI::App* command = user->add_subcommand("password", "Set a user's password, read from standard input");
  command->add_option("NAME", password->name, "The user, such as admin")->required();
  command->add_flag("--stdin", password->from_stdin,
                    "Read the password from standard input (also without this flag: it is never an argument)");
  add_place(*command, *password);
  command->callback([password] {
    perform(*password, {{"command", "user-password"}, {"name", password->name}, {"password", read_password()}});
    std::cout << (chinese() ? "密码已设置，原来的登录全部失效。\n"
                            : "The password is set; earlier sign-ins have ended.\n");
  });

  auto second = std::make_shared<Name>();
  command = user->add_subcommand("reset-second-factor",
                                 "Turn a user's second factor off, for who lost the phone and the recovery codes");
  command->add_option("NAME", second->name, "The user, such as admin")->required();
  add_place(*command, *second);
  command->callback([second] {
    perform(*second, {{"command", "user-second-factor"}, {"name", second->name}});
    std::cout << (chinese() ? "第二重验证已关闭，请尽快重新设置。\n"
                            : "The second factor is off; set it up again soon.\n");
  });

  auto link = std::make_shared<Name>();
  command = user->add_subcommand("link", "Print a link that signs a user in, once, within an hour");
  command->add_option("NAME", link->name, "The user, such as admin")->required();
  add_place(*command, *link);
  command->callback([link] {
    const auto made = perform(*link, {{"command", "user-link"}, {"name", link->name}});
    const std::string url = text(made, "url");
    std::cout << (url.empty() ? "http://localhost:8080" : url) << text(made, "path") << "\n";
    if (url.empty())
      std::cerr << (chinese() ? "（linli 没有在运行：先启动 linli serve，再打开这个链接）\n"
                              : "(linli is not running: start linli serve, then open this link)\n");
  });
}

}  // namespace

void add_state_commands(CLI::App& app) {
  add_channel_commands(app);
  add_user_commands(app);
}

}  // namespace linli::app
