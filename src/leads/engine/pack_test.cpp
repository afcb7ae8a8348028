#include "leads/engine/pack.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <type_traits>

namespace linli::engine {
namespace {

// A value of its own for each field, none of them the default.
class Filler {
 public:
  template <class T>
  void operator()(T& field) {
    ++n_;
    if constexpr (std::is_same_v<T, Share>) field.steps = static_cast<std::uint16_t>(1000 + n_);
    else if constexpr (std::is_same_v<T, Instant>) field = Instant{std::chrono::minutes(n_)};
    else if constexpr (std::is_same_v<T, bool>) field = true;
    else if constexpr (std::is_enum_v<T>) field = static_cast<T>(1 + n_ % 3);
    else field = static_cast<T>(n_);
  }
  template <class T, std::size_t size>
  void operator()(std::array<T, size>& fields) {
    for (T& field : fields) (*this)(field);
  }
  void operator()(PlaceMention& place) {
    auto& [building, unit, room, floor, known, compound, spot, begin, end, leading_zero, zone] = place;
    (*this)(building), (*this)(unit), (*this)(room), (*this)(floor), (*this)(known), (*this)(compound), (*this)(spot);
    (*this)(begin), (*this)(end), (*this)(leading_zero), (*this)(zone);
    floor = -2;
  }

 private:
  int n_ = 0;
};

template <class T>
void same(const T& a, const T& b) {
  EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end()));
}

// The lists of all fields are bound by name: with a field more this does not compile until the field is asked about here.
TEST(Pack, WhatIsReadBackIsWhatWasWritten) {
  const std::array<std::uint64_t, 2> mentions{7, 1ull << 60};
  const std::array<std::uint16_t, 3> rows{3, 900, 65'000};
  Group group;
  Digest d;
  Filler fill;
  {
    auto& [sender, id, number, at, lead, digest, sequence, appeal, opens, person, question, joke, leisure] =
        static_cast<Said&>(d);
    fill(sender), fill(id), fill(number), fill(at), fill(sequence), fill(appeal), fill(opens);
    auto& [of, points, digits, role, type, quotes, mentions_someone, best_category, strong_total, weak_total, reply,
           rows_weight, strong, weak, place, home, signs, act, urgency, category, who, grams, sender_name, text] =
        static_cast<Heard&>(d);
    of = &group;
    fill(points), fill(digits), fill(role), fill(type), fill(quotes), fill(mentions_someone), fill(best_category);
    fill(strong_total), fill(weak_total), fill(reply), fill(rows_weight), fill(strong), fill(weak), fill(place);
    fill(home), fill(signs), fill(act), fill(urgency), fill(category);
    who = mentions, grams = rows, sender_name = "3-2-601老李", text = "厨房在漏";
    question = d.sign(Sign::question), joke = d.sign(Sign::joke), leisure = d.sign(Sign::leisure);
  }
  const std::array<Lead::Here, 1> here{{{&group, d.sequence, nullptr}}};
  Digest* kept = d.keep();
  const std::string packed = pack(std::span<Digest* const>(&kept, 1), here);
  EXPECT_TRUE(packed_has(packed, d.number));
  for (const MessageNumber other : {d.number - 1, d.number + 1}) EXPECT_FALSE(packed_has(packed, other));
  const auto read = unpack(packed, here);
  ASSERT_EQ(read.size(), 1u);
  {
    const auto& [sender, id, number, at, lead, digest, sequence, appeal, opens, person, question, joke, leisure] =
        static_cast<const Said&>(*read.front());
    EXPECT_EQ(sender, d.sender);
    EXPECT_EQ(id, d.id);
    EXPECT_EQ(number, d.number);
    EXPECT_EQ(at, d.at);
    EXPECT_EQ(lead, nullptr) << "it is the lead that says so";
    EXPECT_EQ(digest, read.front());
    EXPECT_EQ(sequence, d.sequence);
    EXPECT_EQ(appeal, d.appeal);
    EXPECT_EQ(opens, d.opens);
    EXPECT_EQ(person, 0) << "of lines only";
    EXPECT_EQ(question, d.question);
    EXPECT_EQ(joke, d.joke);
    EXPECT_EQ(leisure, d.leisure);
    const auto& [of, points, digits, role, type, quotes, mentions_someone, best_category, strong_total, weak_total,
                 reply, rows_weight, strong, weak, place, home, signs, act, urgency, category, who, grams, sender_name,
                 text] = static_cast<const Heard&>(*read.front());
    EXPECT_EQ(of, d.group);
    EXPECT_EQ(points, d.points);
    EXPECT_EQ(digits, d.digits);
    EXPECT_EQ(role, d.role);
    EXPECT_EQ(type, d.type);
    EXPECT_EQ(quotes, d.quotes);
    EXPECT_EQ(mentions_someone, d.mentions_someone);
    EXPECT_EQ(best_category, d.best_category);
    EXPECT_EQ(strong_total, d.strong_total);
    EXPECT_EQ(weak_total, d.weak_total);
    EXPECT_EQ(reply, d.reply);
    EXPECT_EQ(rows_weight, d.rows_weight);
    EXPECT_EQ(strong, d.strong);
    EXPECT_EQ(weak, d.weak);
    EXPECT_TRUE(place == d.place);
    EXPECT_TRUE(home == d.home);
    EXPECT_EQ(signs, d.signs);
    same(act, d.act);
    same(urgency, d.urgency);
    same(category, d.category);
    same(who, d.mentions);
    same(grams, d.rows);
    EXPECT_EQ(sender_name, d.sender_name);
    EXPECT_EQ(text, d.text);
  }
  Digest::release(kept);
  for (Digest* digest : read) Digest::release(digest);
}

}  // namespace
}  // namespace linli::engine
