// exp and log as plain arithmetic, good to some 1e-6: the same bits on every machine (the files that use them are compiled
// without contraction to fused operations), and so plain that the compiler does several at once.
#pragma once
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

// A function compiled twice, once for wider registers; which one runs is chosen at start. Sanitizers start too late for
// that choice.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define LINLI_WIDE __attribute__((target_clones("arch=haswell", "default")))
#else
#define LINLI_WIDE
#endif

namespace linli {

[[gnu::always_inline]] inline float quick_exp(float x) {
  x = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
  const float k = (x * 1.44269504f + 12582912.0f) - 12582912.0f;  // to the nearest whole number
  const float r = x - k * 0.693359375f - k * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  return p * std::bit_cast<float>((static_cast<std::int32_t>(k) + 127) << 23);
}

// x > 0
[[gnu::always_inline]] inline float quick_log(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  const std::int32_t e = (bits - 0x3F3504F3) >> 23;  // so that the rest lies between 0.707 and 1.414
  const float m = std::bit_cast<float>(bits - (e << 23)) - 1.0f;
  const float z = m * m;
  float p = 7.0376836292e-2f;
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  return m - 0.5f * z + p * m * z + static_cast<float>(e) * 0.69314718f;
}

}  // namespace linli
