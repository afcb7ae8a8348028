#include <boost/json.hpp>

#include "api/handlers.h"
#include "api/metrics.h"

namespace linli::api {

void health(Call call) {
  Response response;
  response.content_type = "text/plain";
  response.body = "ok\n";
  call.answer(std::move(response));
}

void ready(Call call) {
  boost::json::array reasons;
  if (call.services.not_ready) {
    for (const std::string& reason : call.services.not_ready()) reasons.emplace_back(reason);
  }
  const int status = reasons.empty() ? 200 : 503;
  const boost::json::object body{{"ready", reasons.empty()}, {"reasons", std::move(reasons)}};
  call.answer(json_answer(status, boost::json::serialize(body)));
}

void metrics(Call call) {
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = call.services.metrics.text(call.services);
  call.answer(std::move(response));
}

}  // namespace linli::api
