// Against the vectors of the RFCs, and opened again as a browser does.
#include "notify/web_push.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "notify/browser_for_tests.h"

namespace linli::notify {
namespace {

std::string raw(std::string_view text) { return from_base64url(text).value(); }

// RFC 8291, section 5 and appendix A.
TEST(WebPush, TheVectorOfTheRfc) {
  const Browser browser{"https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
                        raw("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
                        raw("BTBZMqHH6r4Tts7J_aSIgg")};
  const PushKeys sender{raw("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"),
                        raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")};
  const auto sealed =
      seal_for(browser, "When I grow up, I want to be a watermelon", sender, raw("DGv6ra1nlYgDCS1FRnbzlw"));
  ASSERT_TRUE(sealed);
  EXPECT_EQ(to_base64url(*sealed),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6P"
            "Bru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN");
  BrowserForTests same(raw("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), browser.p256dh, browser.auth);
  EXPECT_EQ(same.open(*sealed), "When I grow up, I want to be a watermelon");
}

TEST(WebPush, SealedAnewEachTime) {
  BrowserForTests browser;
  const Browser known{"https://push.example.net/1", browser.p256dh(), browser.auth()};
  const auto one = seal_for(known, "早"), two = seal_for(known, "早");
  ASSERT_TRUE(one && two);
  EXPECT_NE(*one, *two);
  EXPECT_EQ(browser.open(*one), "早");
  EXPECT_EQ(browser.open(*two), "早");
  std::string broken = *one;
  broken.back() = static_cast<char>(broken.back() ^ 1);
  EXPECT_EQ(browser.open(broken), std::nullopt);
  EXPECT_FALSE(seal_for(known, std::string(kMostPushed + 1, 'x')));
}

TEST(WebPush, WhatIsNoBrowser) {
  BrowserForTests browser;
  const std::string point = to_base64url(browser.p256dh()), auth = to_base64url(browser.auth());
  ASSERT_TRUE(parse_browser("https://push.example.net/1", point, auth));
  std::string off_curve = browser.p256dh();
  off_curve[40] = static_cast<char>(off_curve[40] ^ 1);
  struct Row {
    std::string endpoint, point, auth, field;
  };
  for (const Row& row : {Row{"http://push.example.net/1", point, auth, "endpoint"},
                         Row{"https://me@push.example.net/1", point, auth, "endpoint"},
                         Row{"https://push.example.net/1", to_base64url(off_curve), auth, "p256dh"},
                         Row{"https://push.example.net/1", "AAAA", auth, "p256dh"},
                         Row{"https://push.example.net/1", point, "AAAA", "auth"},
                         Row{"https://push.example.net/1", point, "!", "auth"}}) {
    const auto parsed = parse_browser(row.endpoint, row.point, row.auth);
    ASSERT_FALSE(parsed) << row.field;
    EXPECT_EQ(parsed.error().where.field, row.field);
  }
}

// RFC 8292, section 2.4: the example's signature holds; and ours by the same check.
TEST(WebPush, Vapid) {
  const std::string key = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";
  const std::string token =
      "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI"
      "6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_"
      "HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSS"
      "HzvoD1oA";
  EXPECT_TRUE(vapid_holds("vapid t=" + token + ", k=" + key));
  std::string other = token;
  other[60] = other[60] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(vapid_holds("vapid t=" + other + ", k=" + key));

  const PushKeys mine = PushKeys::generate();
  EXPECT_EQ(origin_of("https://push.example.net/push/1"), "https://push.example.net");
  const std::string header =
      vapid(mine, "https://push.example.net", "mailto:push@example.com", Instant(std::chrono::seconds(1453523768)));
  EXPECT_TRUE(vapid_holds(header));
  EXPECT_TRUE(header.ends_with("k=" + to_base64url(mine.public_key)));
  const std::string claims =
      raw(std::string_view(header).substr(header.find('.') + 1, header.rfind('.') - header.find('.') - 1));
  EXPECT_EQ(claims, R"({"aud":"https://push.example.net","exp":1453523768,"sub":"mailto:push@example.com"})");
}

}  // namespace
}  // namespace linli::notify
