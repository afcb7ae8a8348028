#include "channels/chatlog/survey.h"

#include <algorithm>
#include <boost/json.hpp>
#include <unordered_map>

#include "base/utf8.h"

namespace linli {
namespace {

namespace json = boost::json;

constexpr std::size_t kPeople = 20'000, kSampleText = 300;

}  // namespace

Survey survey(ExportReader& reader, ExportIdentity& identity, const std::function<bool()>& stopped) {
  Survey out;
  std::unordered_map<std::string, std::int64_t> people;
  for (std::size_t read = 0;; ++read) {
    if (stopped && read % 1'000 == 0 && stopped()) break;
    auto next = reader.next();
    if (!next) {
      ++out.wrong_total;
      if (out.wrong.size() < Survey::wrong_shown) out.wrong.push_back(std::move(next).error());
      continue;
    }
    if (!*next) break;
    const ExportedMessage& m = **next;
    if (m.type == MessageType::system) {
      ++out.system_lines;
      continue;
    }
    ++out.messages;
    ++out.by_type[static_cast<std::size_t>(m.type)];
    out.untimed += !m.timed;
    const auto identified = identity.identify(m);
    ++(identified.known ? out.known : out.fresh);
    const std::string& name = identified.message.sender_name;
    out.needs_me |= m.own && (name.empty() || name == "我");
    if (people.size() < kPeople || people.contains(name)) ++people[name];
    if (m.timed) {
      out.from = std::min(out.from.value_or(m.at), m.at);
      out.to = std::max(out.to.value_or(m.at), m.at);
    }
    if (out.first.size() < Survey::first_shown)
      out.first.push_back(
          {m.line, m.at, m.timed, name, std::string(first_code_points(m.text, kSampleText)), m.type, identified.known});
  }
  out.people_total = static_cast<std::int64_t>(people.size());
  for (auto& [name, messages] : people) out.people.push_back({name, messages});
  std::ranges::sort(out.people, [](const auto& a, const auto& b) {
    return std::pair(-a.messages, a.name) < std::pair(-b.messages, b.name);
  });
  if (out.people.size() > Survey::people_shown) out.people.resize(Survey::people_shown);
  return out;
}

json::object to_json(const Survey& s, Language language) {
  json::array first, people, wrong;
  for (const auto& m : s.first)
    first.push_back(json::object{{"line", m.line},
                                 {"ts", m.timed ? json::value(format_time(m.at)) : json::value()},
                                 {"sender_name", m.name},
                                 {"type", name(m.type)},
                                 {"text", m.text},
                                 {"known", m.known}});
  for (const auto& p : s.people) people.push_back(json::object{{"name", p.name}, {"messages", p.messages}});
  for (const Error& error : s.wrong) {
    const Words words = linli::words(error, language);
    wrong.push_back(json::object{
        {"line", error.where.line}, {"code", name(error.code)}, {"text", words.text}, {"remedy", words.remedy}});
  }
  json::object types;
  for (std::size_t i = 0; i < s.by_type.size(); ++i)
    if (s.by_type[i] > 0) types[name(static_cast<MessageType>(i))] = s.by_type[i];
  const auto time = [](const std::optional<Instant>& at) { return at ? json::value(format_time(*at)) : json::value(); };
  return {{"messages", s.messages},
          {"new", s.fresh},
          {"known", s.known},
          {"system_lines", s.system_lines},
          {"types", std::move(types)},
          {"first", std::move(first)},
          {"people", std::move(people)},
          {"people_total", s.people_total},
          {"from", time(s.from)},
          {"to", time(s.to)},
          {"wrong", std::move(wrong)},
          {"wrong_total", s.wrong_total},
          {"needs_me", s.needs_me},
          {"untimed", s.untimed}};
}

json::object to_json(const ExportShape& shape) {
  json::object columns;
  for (std::size_t c = 0; c < kColumns; ++c)
    if (!shape.columns[c].empty()) columns[name(static_cast<Column>(c))] = shape.columns[c].front();
  json::array headings(shape.headings.begin(), shape.headings.end());
  return {{"format", name(shape.format)},
          {"confidence", shape.confidence},
          {"encoding", name(shape.encoding)},
          {"headings", std::move(headings)},
          {"columns", std::move(columns)}};
}

}  // namespace linli
