#include "io/json.h"

#include <fmt/format.h>

#include <iterator>
#include <unordered_set>
#include <vector>

#include "io/file.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Json = nlohmann::json;

// Tells how far the parser has read: its callbacks carry no position of their own.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *furthest_ = ++at_;
    return *this;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) { return a.at_ == b.at_; }
  friend bool operator!=(const CountingIterator& a, const CountingIterator& b) { return a.at_ != b.at_; }

 private:
  const char* at_;
  const char** furthest_;
};

class StrictRules {
 public:
  StrictRules(std::string_view where, const JsonLimits& limits, const char* begin, const char* const* furthest)
      : where_(where), limits_(limits), begin_(begin), furthest_(furthest) {}

  bool operator()(int depth, Json::parse_event_t event, const Json& parsed) {
    using Event = Json::parse_event_t;
    if (++values_ > limits_.max_values) fail(fmt::format("more than {} values", limits_.max_values));
    if (event == Event::object_start || event == Event::array_start) {
      if (depth >= limits_.max_depth) fail(fmt::format("nested deeper than {} levels", limits_.max_depth));
    }
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key && !keys_.back().insert(parsed.get_ref<const std::string&>()).second) {
      fail(fmt::format("duplicate key {}", parsed.dump().substr(0, 80)));
    }
    return true;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::Input,
                fmt::format("{}: {} in the JSON, near byte {}; the file is damaged or not meant for this", where_, what,
                            *furthest_ - begin_));
  }

  std::string_view where_;
  const JsonLimits& limits_;
  const char* begin_;
  const char* const* furthest_;
  std::uint64_t values_ = 0;
  std::vector<std::unordered_set<std::string>> keys_;
};

[[noreturn]] void fail_member(std::string_view where, std::string_view key, std::string_view expected,
                              const Json* given) {
  const std::string got = given ? given->dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 80) : "nothing";
  throw Error(ErrorKind::Input,
              fmt::format("{}: \"{}\" must be {}, got {}; mend the file or take another", where, key, expected, got));
}

const Json* find_member(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(std::string(key));
  return found == object.end() ? nullptr : &*found;
}

}  // namespace

Json parse_json(std::string_view text, std::string_view where, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    throw Error(ErrorKind::Input, fmt::format("{}: {} bytes of JSON, expected at most {}; is it the right file?", where,
                                              text.size(), limits.max_bytes));
  }
  const char* furthest = text.data();
  StrictRules rules(where, limits, text.data(), &furthest);
  try {
    return Json::parse(
        CountingIterator(text.data(), &furthest), CountingIterator(text.data() + text.size(), &furthest),
        [&rules](int depth, Json::parse_event_t event, Json& parsed) { return rules(depth, event, parsed); });
  } catch (const Json::exception&) {
    throw Error(ErrorKind::Input,
                fmt::format("{}: not valid JSON near byte {}; the file is damaged or not meant for this", where,
                            furthest - text.data()));
  }
}

Json read_json(const std::filesystem::path& path, const JsonLimits& limits) {
  return parse_json(read_text(path, limits.max_bytes), path.string(), limits);
}

const Json& json_member(const Json& object, std::string_view key, std::string_view where) {
  const Json* member = find_member(object, key);
  if (!member) fail_member(where, key, "present", nullptr);
  return *member;
}

std::int64_t json_integer(const Json& object, std::string_view key, std::string_view where, std::int64_t low,
                          std::int64_t high) {
  const Json* member = find_member(object, key);
  const std::string expected = fmt::format("an integer in {}..{}", low, high);
  if (!member || !member->is_number_integer()) fail_member(where, key, expected, member);
  const bool too_large =
      member->is_number_unsigned() && member->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  const std::int64_t value = too_large ? INT64_MAX : member->get<std::int64_t>();
  if (too_large || value < low || value > high) fail_member(where, key, expected, member);
  return value;
}

std::string json_string(const Json& object, std::string_view key, std::string_view where) {
  const Json* member = find_member(object, key);
  if (!member || !member->is_string()) fail_member(where, key, "a string", member);
  return member->get<std::string>();
}

}  // namespace scoria
