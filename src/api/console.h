// The web console: files embedded into the program. Files under assets/ carry a hash in their name and may be kept for ever;
// all others are asked for anew, with an ETag. Texts go out compressed to who takes gzip. An unknown address outside of
// /api is a page of the console: it gets index.html and the console finds its way. Under /r/ stand the residents' pages,
// in the same manner with an index.html of their own.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "api/http.h"
#include "base/embedded.h"

namespace linli::api {

class Console {  // any thread
 public:
  explicit Console(std::span<const EmbeddedFile> console = embedded::web(),
                   std::span<const EmbeddedFile> residents = embedded::residents());

  // For GET and HEAD. nullopt: not a page (under /api/, or a file that is not there).
  // Refers to this Console: it outlives the answers.
  std::optional<Response> page(const Request& request) const;

 private:
  void add(std::string_view under, std::span<const EmbeddedFile> files);

  struct File {
    std::string_view bytes;
    std::string zipped;  // gzip; empty: not worth it
    std::string type, etag;
    bool for_ever = false;
  };
  std::unordered_map<std::string, File> files_;  // by path with '/'
};

}  // namespace linli::api
