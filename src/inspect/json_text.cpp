#include "inspect/json_text.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>

namespace scoria {
namespace {

template <typename List, typename AppendOne>
void append_list(const List& list, std::string& out, const AppendOne& append_one) {
  out += '[';
  bool is_first = true;
  for (const auto& item : list) {
    if (!is_first) out += ',';
    is_first = false;
    append_one(item);
  }
  out += ']';
}

void append_number(double number, Digits digits, std::string& out) {
  if (!std::isfinite(number)) {
    out += "null";
  } else if (digits == Digits::Few) {
    fmt::format_to(std::back_inserter(out), "{:.4g}", number);
  } else {
    fmt::format_to(std::back_inserter(out), "{}", static_cast<float>(number));
  }
}

/// Lists in lists: the values of `axis` and those after it.
template <typename AppendOne>
void append_nested(std::span<const std::int64_t> sizes, std::size_t first, std::string& out, const AppendOne& append) {
  if (sizes.empty()) return append(first);
  std::size_t stride = 1;
  for (const std::int64_t size : sizes.subspan(1)) stride *= static_cast<std::size_t>(size);
  out += '[';
  for (std::int64_t i = 0; i < sizes[0]; ++i) {
    if (i > 0) out += ',';
    append_nested(sizes.subspan(1), first + static_cast<std::size_t>(i) * stride, out, append);
  }
  out += ']';
}

template <typename Number>
void append_numbers(std::string_view key, const std::vector<Number>& numbers, std::string& out) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":", key);
  append_list(numbers, out, [&](Number x) { fmt::format_to(std::back_inserter(out), "{}", static_cast<int>(x)); });
}

void append_tokens(const TokenFlow& tokens, std::string& out) {
  out += ",\"texts\":";
  append_list(tokens.texts, out, [&](const TokenFlow::Text& text) {
    out += "{\"raw\":" + json_quoted(text.raw) + ",\"normalized\":" + json_quoted(text.normalized) + "}";
  });
  out += ",\"pieces\":";
  append_list(tokens.pieces, out, [&](const std::string& piece) { out += json_quoted(piece); });
  append_numbers("ids", tokens.ids, out);
  append_numbers("segments", tokens.segments, out);
  append_numbers("special", tokens.special, out);
  out += ",\"bytes\":";
  append_list(tokens.bytes, out,
              [&](const TokenSpan& span) { fmt::format_to(std::back_inserter(out), "[{},{}]", span.begin, span.end); });
  fmt::format_to(std::back_inserter(out), ",\"cut\":{}", tokens.cut);
}

void append_predictions(const Inspection& seen, Digits digits, std::string& out) {
  out += ",\"predictions\":";
  if (seen.predictions.empty()) {
    out += "null";
    return;
  }
  const std::int64_t sizes[] = {seen.layers() + 1, seen.tokens.size(), seen.top_k};
  const std::vector<TokenPrediction>& all = seen.predictions;
  out += "{\"tokens\":";
  append_nested(sizes, 0, out, [&](std::size_t i) { out += json_quoted(all[i].token); });
  out += ",\"ids\":";
  append_nested(sizes, 0, out, [&](std::size_t i) { fmt::format_to(std::back_inserter(out), "{}", all[i].id); });
  out += ",\"probabilities\":";
  append_nested(sizes, 0, out, [&](std::size_t i) { append_number(all[i].probability, digits, out); });
  out += '}';
}

void append_member(std::string_view key, const Tensor& tensor, Digits digits, std::string& out) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":", key);
  append_tensor(tensor, digits, out);
}

void append_member(std::string_view key, const std::optional<Tensor>& tensor, Digits digits, std::string& out) {
  if (tensor) return append_member(key, *tensor, digits, out);
  fmt::format_to(std::back_inserter(out), ",\"{}\":null", key);
}

}  // namespace

std::string json_quoted(std::string_view text) {
  const std::string plain = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string out;
  for (const char c : plain) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out;
}

void append_tensor(const Tensor& tensor, Digits digits, std::string& out) {
  const std::span<const float> values = tensor.values<float>();
  append_nested(tensor.shape().sizes(), 0, out, [&](std::size_t i) { append_number(values[i], digits, out); });
}

void append_members(const Inspection& seen, Digits digits, std::string& out) {
  fmt::format_to(std::back_inserter(out),
                 "\"name\":{},\"device\":{},\"architecture\":\"{}\",\"layers\":{},\"heads\":{},\"hidden_size\":{}",
                 json_quoted(seen.model_name), json_quoted(seen.device), architecture(seen.head), seen.layers(),
                 seen.heads(), seen.config.hidden_size);
  append_tokens(seen.tokens, out);
  append_member("entropy", seen.entropy, digits, out);
  append_member("norms", seen.norms, digits, out);
  append_member("similarity", seen.similarity, digits, out);
  append_member("cls_cosine", seen.cls_cosine, digits, out);
  append_member("cls_path", seen.cls_path, digits, out);
  out += ",\"cls_variance\":";
  append_list(seen.cls_variance, out, [&](double share) { append_number(share, digits, out); });
  append_predictions(seen, digits, out);
}

void append_comparison(const InspectionComparison& comparison, Digits digits, std::string& out) {
  out += "{\"aligned\":";
  append_list(comparison.aligned, out, [&](const AlignedTokens& part) {
    fmt::format_to(std::back_inserter(out), "[{},{},{},{}]", part.first_begin, part.first_end, part.second_begin,
                   part.second_end);
  });
  fmt::format_to(std::back_inserter(out), ",\"same_pieces\":{}", comparison.same_pieces);
  append_member("cka", comparison.cka, digits, out);
  append_member("cosine", comparison.cosine, digits, out);
  append_member("attention_difference", comparison.attention_difference, digits, out);
  out += '}';
}

}  // namespace scoria
