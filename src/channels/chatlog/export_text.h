// The text forms of exports: heads and what stands below them. See export.h.
#pragma once
#include <memory>

#include "channels/chatlog/export.h"

namespace linli::export_text {

struct Found {
  ExportFormat format = ExportFormat::name_time;
  HeadLook look;
  double confidence = 0;  // 0: no head at all
};
// The text form that fits the beginning best, or the chosen one.
Found find(std::istream& text, std::optional<ExportFormat> chosen);

std::unique_ptr<ExportReader> read(std::unique_ptr<std::istream> text, ExportFormat format, const HeadLook& look,
                                   Instant as_of, const TimeZone& zone, const Wraps& total);

}  // namespace linli::export_text
