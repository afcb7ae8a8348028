#include "people/device.h"

#include <utility>

namespace linli {
namespace {

// The first that is named wins: most browsers name those that they are like, too.
constexpr std::pair<std::string_view, std::string_view> kBrowsers[] = {{"wxwork/", "WeCom"},
                                                                       {"MicroMessenger/", "WeChat"},
                                                                       {"DingTalk", "DingTalk"},
                                                                       {"Edg", "Edge"},
                                                                       {"OPR/", "Opera"},
                                                                       {"HuaweiBrowser", "Huawei Browser"},
                                                                       {"MiuiBrowser", "Mi Browser"},
                                                                       {"UCBrowser", "UC"},
                                                                       {"QQBrowser", "QQ Browser"},
                                                                       {"360SE", "360"},
                                                                       {"360EE", "360"},
                                                                       {"Firefox/", "Firefox"},
                                                                       {"FxiOS/", "Firefox"},
                                                                       {"HeadlessChrome/", "Chrome"},
                                                                       {"Chrome/", "Chrome"},
                                                                       {"CriOS/", "Chrome"},
                                                                       {"Safari/", "Safari"},
                                                                       {"curl/", "curl"}};
constexpr std::pair<std::string_view, std::string_view> kSystems[] = {
    {"HarmonyOS", "HarmonyOS"}, {"OpenHarmony", "HarmonyOS"}, {"Android", "Android"}, {"iPhone", "iPhone"},
    {"iPad", "iPad"},           {"Windows", "Windows"},       {"Mac OS X", "Mac"},    {"UOS", "UOS"},
    {"Linux", "Linux"}};

}  // namespace

std::string device_of(std::string_view user_agent) {
  std::string out;
  for (const auto& [sign, name] : kBrowsers) {
    if (user_agent.find(sign) == user_agent.npos) continue;
    out = name;
    break;
  }
  for (const auto& [sign, name] : kSystems) {
    if (user_agent.find(sign) == user_agent.npos) continue;
    (out += out.empty() ? "" : ", ") += name;
    break;
  }
  return out;
}

}  // namespace linli
