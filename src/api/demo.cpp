#include "api/demo.h"

#include <boost/json.hpp>

#include "api/handlers.h"
#include "api/input.h"

namespace linli::api {
namespace {

Response state_answer(const DemoControl::State& s) {
  const boost::json::object body{{"running", s.running},
                                 {"paused", s.paused},
                                 {"speed", s.speed},
                                 {"chat_time", format_time(s.chat_time)},
                                 {"day_start", format_time(s.day_start)},
                                 {"day_end", format_time(s.day_end)},
                                 {"messages_sent", s.messages_sent},
                                 {"messages_total", s.messages_total},
                                 {"round", s.round}};
  return json_answer(200, boost::json::serialize(body));
}

}  // namespace

void get_demo(Call call) {
  if (!call.services.demo) return call.fail({Errc::not_found, {}, {}});
  call.answer(state_answer(call.services.demo->state()));
}

void set_demo(Call call) {
  if (!call.services.demo) return call.fail({Errc::not_found, {}, {}});
  Input in(call.request);
  const auto paused = in.optional_bool("paused");
  const auto speed = in.optional_number("speed", 1, 600);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  call.services.demo->set(paused, speed);
  call.answer(state_answer(call.services.demo->state()));
}

}  // namespace linli::api
