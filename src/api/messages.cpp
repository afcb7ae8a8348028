// The way in: POST /api/v1/channels/{channel}/messages.
#include <boost/json.hpp>

#include "api/handlers.h"

namespace linli::api {
namespace {

namespace json = boost::json;

Response receipt_answer(const Receipt& receipt, Language language) {
  json::array refused;
  for (const Refusal& r : receipt.refused) {
    refused.push_back(json::object{{"index", r.index},
                                   {"code", linli::name(r.error.code)},
                                   {"field", r.error.where.field},
                                   {"remedy", words(r.error, language).remedy}});
  }
  const json::object body{
      {"new", receipt.fresh}, {"known", receipt.known}, {"dropped", receipt.dropped}, {"refused", std::move(refused)}};
  return json_answer(200, json::serialize(body));
}

}  // namespace

void post_messages(Call call) {
  const auto form = body_form(call.request.header("content-type"));
  if (!form) return call.fail({Errc::unsupported_media_type, Where::at_field("content-type"), {}});
  Delivery delivery;
  delivery.channel = call.services.channels.find(call.request.params[0]);
  if (!delivery.channel || delivery.channel->kind != ChannelKind::webhook) {
    return call.fail({Errc::unknown_channel, Where::at_field("channel"), {}});
  }
  delivery.id = call.request.header("webhook-id");
  delivery.timestamp = call.request.header("webhook-timestamp");
  delivery.signature = call.request.header("webhook-signature");
  delivery.body = std::move(call.request.body);
  delivery.form = *form;

  auto shared = std::make_shared<Call>(std::move(call));
  auto taken = shared->services.intake.deliver(std::move(delivery), [shared](Result<Receipt> receipt) {
    if (!receipt) return shared->fail(receipt.error());
    shared->answer(receipt_answer(*receipt, shared->language));
  });
  if (!taken) shared->fail(taken.error());
}

}  // namespace linli::api
