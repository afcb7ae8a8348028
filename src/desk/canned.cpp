#include "desk/canned.h"

#include <boost/json.hpp>

#include "people/policies.h"

namespace linli::canned {
namespace {

namespace json = boost::json;

constexpr std::string_view kName = "canned_replies";

const std::vector<Words>& ours() {
  static const std::vector<Words> words{
      {"看到了，正在联系", "您好，{地点}{事情}的情况看到了，正在联系处理，有进展马上告诉大家。"},
      {"问清楚地点", "您好，请问具体是哪个小区、几栋几单元？说清楚了我们马上安排人。"},
      {"请拍张照", "您好，方便的话请拍一张照片发在群里，维修师傅好带工具。"},
      {"已派人", "您好，{地点}{事情}的事已经派人过去，到了会联系您。"},
      {"需要时间", "您好，{地点}{事情}的事需要协调，今天内会给大家回话。"},
      {"处理好了", "大家好，{地点}{事情}的事已经处理好。还有问题请在群里说。"},
      {"不归社区管", "您好，这件事不由社区办理，可以拨打12345；需要我们帮忙转达请告诉我们。"},
      {"私下联系", "您好，这件事我们单独联系您，请不要在群里发电话和证件。"},
  };
  return words;
}

}  // namespace

Result<std::pair<std::vector<Words>, int>> find(Tx& tx) {
  auto kept = policies::find(tx, kName);
  if (!kept) return tl::unexpected(std::move(kept).error());
  if (kept->revision == 0) return std::pair(ours(), 0);
  std::vector<Words> out;
  json::error_code broken;
  const json::value value = json::parse(kept->value, broken);
  if (!broken && value.is_array())
    for (const json::value& one : value.as_array())
      if (one.is_object())
        out.push_back({std::string(one.as_object().at("title").as_string()),
                       std::string(one.as_object().at("text").as_string()),
                       one.as_object().contains("category") ? std::string(one.as_object().at("category").as_string())
                                                            : std::string()});
  return std::pair(std::move(out), kept->revision);
}

Result<int> set(Tx& tx, const std::vector<Words>& words, int seen, UserId by, Instant now) {
  json::array value;
  for (const Words& one : words)
    value.push_back(json::object{{"title", one.title}, {"text", one.text}, {"category", one.category}});
  return policies::set(tx, kName, json::serialize(value), seen, by, now);
}

}  // namespace linli::canned
