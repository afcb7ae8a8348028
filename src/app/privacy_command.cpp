// linli privacy report: what is kept about residents, in numbers.
#include <boost/json.hpp>
#include <iostream>

#include "app/commands.h"
#include "app/perform.h"

namespace linli::app {

namespace json = boost::json;

void add_privacy(CLI::App& app) {
  CLI::App* privacy = app.add_subcommand("privacy", "What is kept about residents");
  privacy->require_subcommand(1);
  auto place = std::make_shared<Place>();
  CLI::App* report = privacy->add_subcommand("report", "Print it in numbers: kept, dropped, erased, looked at");
  add_place(*report, *place);
  report->callback([place] {
    const json::object r = perform(*place, {{"command", "privacy-report"}});
    const bool zh = terminal_language() == Language::zh;
    const auto line = [&](const char* chinese, const char* english, const json::value& value) {
      std::cout << (zh ? chinese : english) << (zh ? "：" : ": ");
      if (value.is_string()) std::cout << value.as_string().c_str();
      else std::cout << json::serialize(value);
      std::cout << "\n";
    };
    line("统计时间", "As of", r.at("at"));
    line("正在读取的群", "Groups that are read", r.at("groups"));
    line("保存的消息", "Messages kept", r.at("messages"));
    line("其中在线索里", "of them in leads", r.at("messages_in_leads"));
    line("不在线索里的消息最早到", "Oldest message in no lead", r.at("oldest_message_at"));
    line("线索", "Leads", r.at("leads"));
    line("其中文字已删除", "of them without words", r.at("leads_emptied"));
    line("附件", "Attachments", r.at("attachments"));
    line("退出的居民", "Residents who opted out", r.at("opt_outs"));
    line("未保存、只计数的消息（累计，按原因）", "Counted and thrown away (ever, by reason)", r.at("dropped"));
    line("闲聊保存天数", "Days that chatter is kept", r.at("retention").at("chatter_days"));
    line("线索文字保存天数", "Days that the words of leads are kept", r.at("retention").at("lead_days"));
    line("近一年按本人要求删除", "Erasures on request in the last year", r.at("last_year").at("erasures"));
    line("近一年查看姓名号码", "Reveals of names in the last year", r.at("last_year").at("reveals"));
    line("近一年导出", "Exports in the last year", r.at("last_year").at("exports"));
  });
}

}  // namespace linli::app
