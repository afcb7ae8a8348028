// Figures for Prometheus: what came in, what waits, how long answers take. Counted where it happens; collected when asked.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/server.h"

namespace linli::api {

struct Services;

class Metrics {  // any thread
 public:
  Metrics();
  ~Metrics();

  // `route`: its pattern, not its path (a path would make a series each); "other" for what has none.
  void answered(std::string_view route, std::string_view method, int status, std::chrono::microseconds took);
  // Set by the Api.
  void server(std::function<Server::Figures()> figures);
  std::string text(const Services& services);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linli::api
