#include "text/unigram_scores.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace scoria {
namespace {

using Json = nlohmann::json;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr int kLargest = 308;

const std::array<double, kLargest + 1>& powers_of_ten() {
  static const auto powers = [] {
    std::array<double, kLargest + 1> out{};
    for (int i = 0; i <= kLargest; ++i)
      out[static_cast<std::size_t>(i)] = std::strtod(fmt::format("1e{}", i).c_str(), nullptr);
    return out;
  }();
  return powers;
}

double scaled(std::uint64_t significand, int exponent) {
  auto value = static_cast<double>(significand);
  for (; exponent < -kLargest && value != 0; exponent += kLargest) value /= 1e308;
  const double power = powers_of_ten()[static_cast<std::size_t>(std::min(std::abs(exponent), kLargest))];
  return exponent < 0 ? value / power : value * power;
}

/// Picks the scores out of the events of the parser.
class ScoreReader : public nlohmann::json_sax<Json> {
 public:
  std::vector<double> scores;

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(std::int64_t number) override { return score(static_cast<double>(number)); }
  bool number_unsigned(std::uint64_t number) override { return score(static_cast<double>(number)); }
  bool number_float(double, const std::string& text) override { return score(read_score(text)); }
  bool string(std::string&) override { return value(); }
  bool binary(Json::binary_t&) override { return value(); }
  bool key(std::string& name) override {
    if (depth_ == 1) in_model_ = name == "model";
    if (depth_ == 2) in_vocabulary_ = in_model_ && name == "vocab";
    // Of a key that is there twice the last counts.
    if (in_model_ && (depth_ == 1 || in_vocabulary_)) scores.clear();
    return true;
  }
  bool start_object(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) override { return false; }

 private:
  static constexpr int kEntryDepth = 4;  // { "model": { "vocab": [ [

  bool open() {
    ++depth_;
    if (depth_ == kEntryDepth) member_ = 0;
    return true;
  }
  bool close() {
    --depth_;
    return true;
  }
  bool value() {
    if (depth_ == kEntryDepth) ++member_;
    return true;
  }
  bool score(double number) {
    if (depth_ == kEntryDepth && in_vocabulary_ && member_ == 1) scores.push_back(number);
    return value();
  }

  int depth_ = 0, member_ = 0;
  bool in_model_ = false, in_vocabulary_ = false;
};

}  // namespace

double read_score(std::string_view text) {
  std::size_t at = 0;
  const bool is_negative = text.starts_with('-');
  at += is_negative;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t significand = 0;
  int exponent = 0;
  bool is_full = false, in_fraction = false;
  for (; at < text.size() && (is_digit(text[at]) || text[at] == '.'); ++at) {
    if (text[at] == '.') {
      in_fraction = true;
      is_full = false;
      continue;
    }
    const auto digit = static_cast<std::uint64_t>(text[at] - '0');
    is_full |= significand > (kMost - digit) / 10;
    if (!is_full) significand = significand * 10 + digit;
    exponent += is_full ? !in_fraction : -static_cast<int>(in_fraction);  // what does not fit is dropped
  }
  if (at < text.size()) {
    constexpr long kFar = 100'000;
    const std::string power(text.substr(at + 1));  // behind the e
    exponent += static_cast<int>(std::clamp(std::strtol(power.c_str(), nullptr, 10), -kFar, kFar));
  }
  const double value = scaled(significand, exponent);
  return is_negative ? -value : value;
}

std::string written_score(double score) {
  const std::string shortest = Json(score).dump();
  if (!std::isfinite(score) || read_score(shortest) == score) return shortest;
  // Neighbours of the score's digits, of every length: each is another double before it is divided by its power.
  for (const int digits : {17, 18, 19, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2}) {
    const std::string text = fmt::format("{:.{}e}", std::abs(score), digits - 1);  // 1.234e-05
    const std::string mantissa = text.substr(0, 1) + text.substr(2, static_cast<std::size_t>(digits - 1));
    const std::string power = text.substr(text.find('e'));
    const auto value = static_cast<double>(std::strtoull(mantissa.c_str(), nullptr, 10));
    const auto middle = static_cast<std::uint64_t>(value);  // what it was rounded to
    const auto step = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(std::nextafter(value, std::numeric_limits<double>::infinity()) - value));
    constexpr int kFarthest = 4;
    for (int turn = 0; turn <= 2 * kFarthest; ++turn) {
      const int away = turn % 2 == 0 ? turn / 2 : -(turn + 1) / 2;  // 0, -1, 1, -2, 2 ...
      const std::string near = fmt::format("{}", middle + static_cast<std::uint64_t>(away) * step);
      if (near.size() != mantissa.size()) continue;
      const std::string number =
          fmt::format("{}{}.{}{}", std::signbit(score) ? "-" : "", near.substr(0, 1), near.substr(1), power);
      if (read_score(number) == score) return number;
    }
  }
  return shortest;
}

std::vector<double> read_scores(std::string_view tokenizer_json) {
  ScoreReader reader;
  Json::sax_parse(tokenizer_json, &reader);
  return std::move(reader.scores);
}

}  // namespace scoria
