// Messages of the district's WeCom app to a member (server API: gettoken, message/send). Blocking; one thread.
#pragma once
#include <string>

#include "channels/sender.h"
#include "notify/wishes.h"

namespace linli::notify {

class Wecom {
 public:
  struct Message {
    std::string to;           // the member's id
    std::string title, text;  // cut to 128 and 512 bytes
    std::string link;         // empty: the words alone
  };
  // Judged by errcode. The token is kept until 5 minutes before its end; one that died early (40014, 42001) is fetched anew and
  // the call repeated, once. 45009: not for a minute. `unknown`: it may have arrived.
  Sender::Said send(const DistrictWay& way, const Message& message, Instant now);

 private:
  Sender::Said fetch_token(const DistrictWay& way, Instant now);  // sent: token_ is good
  std::string token_, token_of_;                                  // of which app: corp and secret
  Instant token_until_{};
};

inline constexpr const char* kWecomApi = "https://qyapi.weixin.qq.com";

}  // namespace linli::notify
