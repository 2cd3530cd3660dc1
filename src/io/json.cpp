#include "io/json.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>
#include <vector>

#include "io/file.h"
#include "io/misplaced_file.h"
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

 private:
  const char* at_;
  const char** furthest_;
};

// Builds the value. The library's own builder takes a callback too, but then scans an object for each value put into
// it, and 50,000 tensors take minutes.
class StrictBuilder final : public nlohmann::json_sax<Json> {
 public:
  StrictBuilder(std::string_view where, const JsonLimits& limits, const char* begin, const char* const* furthest)
      : where_(where), limits_(limits), begin_(begin), furthest_(furthest) {}

  Json take() { return std::move(root_); }

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t&) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t& value) override { return put(std::move(value)); }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    const auto [place, is_new] = open_.back()->get_ref<Json::object_t&>().try_emplace(name);
    if (!is_new && !limits_.last_key_counts) fail(fmt::format("duplicate key {}", Json(name).dump(-1, ' ', true).substr(0, 80)));
    member_ = &place->second;
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    throw Error(ErrorKind::Input,
                fmt::format("{}: not valid JSON near byte {}; the file is damaged or not meant for this", where_,
                            *furthest_ - begin_));
  }

 private:
  Json* place(Json value) {
    if (++values_ > limits_.max_values) fail(fmt::format("more than {} values", limits_.max_values));
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (open_.back()->is_array()) {
      open_.back()->push_back(std::move(value));
      return &open_.back()->back();
    }
    *member_ = std::move(value);
    return member_;
  }
  template <typename T>
  bool put(T&& value) {
    place(Json(std::forward<T>(value)));
    return true;
  }
  bool open(Json container) {
    if (static_cast<int>(open_.size()) >= limits_.max_depth) {
      fail(fmt::format("nested deeper than {} levels", limits_.max_depth));
    }
    open_.push_back(place(std::move(container)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::Input,
                fmt::format("{}: {} in the JSON, near byte {}; the file is damaged or not meant for this", where_, what,
                            *furthest_ - begin_));
  }

  std::string_view where_;
  const JsonLimits& limits_;
  const char* begin_;
  const char* const* furthest_;
  Json root_;
  Json* member_ = nullptr;
  // A container is filled before its neighbour is made, so that growth of the parent cannot move it.
  std::vector<Json*> open_;
  std::uint64_t values_ = 0;
};

[[noreturn]] void fail_member(std::string_view where, std::string_view key, std::string_view expected,
                              const Json* given) {
  const std::string got = given ? given->dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 80) : "nothing";
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
  StrictBuilder builder(where, limits, text.data(), &furthest);
  const char* const end = text.data() + text.size();
  Json::sax_parse(CountingIterator(text.data(), &furthest), CountingIterator(end, &furthest), &builder);
  return builder.take();
}

Json read_json(const std::filesystem::path& path, const JsonLimits& limits) {
  const std::string text = read_text(path, limits.max_bytes);
  refuse_misplaced(std::string_view(text).substr(0, kTellingBytes), path);
  return parse_json(text, path.string(), limits);
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
