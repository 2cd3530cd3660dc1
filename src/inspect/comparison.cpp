#include "scoria/inspect/comparison.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "inspect/measures.h"
#include "scoria/error.h"

namespace scoria {
namespace {

/// Where a token ends: which part of [CLS] text [SEP] text [SEP] it is in, and the byte there.
using End = std::pair<int, std::uint32_t>;

std::vector<End> token_ends(const TokenFlow& tokens) {
  std::vector<End> ends;
  int part = -1;
  for (std::size_t i = 0; i < tokens.ids.size(); ++i) {
    if (i == 0 || tokens.special[i] || tokens.special[i - 1]) ++part;
    // [CLS] [SEP] with no text between: the text's part is empty, and the next special is a part later.
    if (i > 0 && tokens.special[i] && tokens.special[i - 1]) ++part;
    ends.emplace_back(part, tokens.special[i] ? 0 : tokens.bytes[i].end);
  }
  return ends;
}

/// The tokens from `at` that end where it ends: a character may give several pieces.
std::size_t run_end(const std::vector<End>& ends, std::size_t at) {
  std::size_t end = at + 1;
  while (end < ends.size() && ends[end] == ends[at]) ++end;
  return end;
}

std::vector<AlignedTokens> align(const TokenFlow& first, const TokenFlow& second) {
  const std::vector<End> a = token_ends(first), b = token_ends(second);
  std::vector<AlignedTokens> aligned;
  std::size_t i = 0, j = 0, from_i = 0, from_j = 0;
  while (i < a.size() && j < b.size()) {
    if (a[i] == b[j]) {
      i = run_end(a, i);
      j = run_end(b, j);
      aligned.push_back({static_cast<std::int64_t>(from_i), static_cast<std::int64_t>(i),
                         static_cast<std::int64_t>(from_j), static_cast<std::int64_t>(j)});
      from_i = i;
      from_j = j;
      continue;
    }
    const bool other_part = a[i].first != b[j].first;  // one of them was cut: what the other has more is left out
    ++(a[i] < b[j] ? i : j);
    if (other_part) {
      from_i = i;
      from_j = j;
    }
  }
  return aligned;
}

/// The mean state of tokens [begin, end) of a layer.
std::vector<double> mean_state(const Inspection& seen, std::int64_t layer, std::int64_t begin, std::int64_t end) {
  std::vector<double> mean(static_cast<std::size_t>(seen.config.hidden_size));
  for (std::int64_t s = begin; s < end; ++s) {
    const std::span<const float> state = row_of(seen.hidden, layer * seen.tokens.size() + s);
    for (std::size_t h = 0; h < mean.size(); ++h) mean[h] += state[h] / static_cast<double>(end - begin);
  }
  return mean;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// K = X X^T of one layer, X centered, scaled to <K, K> = 1; zeros where all states are equal.
std::vector<double> products(const Inspection& seen, std::int64_t layer, std::span<const AlignedTokens> aligned,
                             bool is_first) {
  std::vector<std::vector<double>> rows;
  for (const AlignedTokens& part : aligned) {
    rows.push_back(is_first ? mean_state(seen, layer, part.first_begin, part.first_end)
                            : mean_state(seen, layer, part.second_begin, part.second_end));
  }
  for (std::size_t h = 0; h < rows.front().size(); ++h) {
    double mean = 0;
    for (const auto& row : rows) mean += row[h] / static_cast<double>(rows.size());
    for (auto& row : rows) row[h] -= mean;
  }
  std::vector<double> out(rows.size() * rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = i; j < rows.size(); ++j)
      out[i * rows.size() + j] = out[j * rows.size() + i] = dot(rows[i], rows[j]);
  const double length = std::sqrt(dot(out, out));
  for (double& x : out) x = length > 0 ? x / length : 0;
  return out;
}

std::vector<std::vector<double>> all_products(const Inspection& seen, std::span<const AlignedTokens> aligned,
                                              bool is_first) {
  std::vector<std::vector<double>> out;
  for (std::int64_t layer = 0; layer <= seen.layers(); ++layer) out.push_back(products(seen, layer, aligned, is_first));
  return out;
}

Tensor compare_layers(const Inspection& first, const Inspection& second, std::span<const AlignedTokens> aligned) {
  const auto a = all_products(first, aligned, true), b = all_products(second, aligned, false);
  Tensor cka(DType::f32, {first.layers() + 1, second.layers() + 1});
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b.size(); ++j)
      cka.values<float>()[i * b.size() + j] = static_cast<float>(dot(a[i], b[j]));
  return cka;
}

Tensor compare_states(const Inspection& first, const Inspection& second) {
  Tensor out(DType::f32, first.norms.shape());
  const std::span<float> values = out.values<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    values[i] = static_cast<float>(cosine(row_of(first.hidden, row), row_of(second.hidden, row)));
  }
  return out;
}

Tensor compare_attention(const Inspection& first, const Inspection& second) {
  Tensor out(DType::f32, first.entropy.shape());
  const std::span<const float> p = first.attention.values<float>(), q = second.attention.values<float>();
  const std::span<float> values = out.values<float>();
  const std::size_t map_size = p.size() / values.size();
  for (std::size_t map = 0; map < values.size(); ++map) {
    double sum = 0;
    for (std::size_t i = map * map_size; i < (map + 1) * map_size; ++i) sum += std::abs(p[i] - q[i]);
    values[map] = static_cast<float>(sum / 2 / static_cast<double>(first.tokens.size()));
  }
  return out;
}

bool same_text(const TokenFlow& a, const TokenFlow& b) {
  return std::ranges::equal(a.texts, b.texts, {}, &TokenFlow::Text::raw, &TokenFlow::Text::raw);
}

}  // namespace

InspectionComparison compare(const Inspection& first, const Inspection& second) {
  if (!same_text(first.tokens, second.tokens))
    throw Error(ErrorKind::Usage, "two inspections of different texts; compare two models on the same text");
  InspectionComparison out;
  out.aligned = align(first.tokens, second.tokens);
  out.same_pieces = first.tokens.pieces == second.tokens.pieces && first.tokens.bytes == second.tokens.bytes;
  out.cka = compare_layers(first, second, out.aligned);
  const bool same_depth = out.same_pieces && first.layers() == second.layers();
  if (same_depth && first.config.hidden_size == second.config.hidden_size) out.cosine = compare_states(first, second);
  if (same_depth && first.heads() == second.heads()) out.attention_difference = compare_attention(first, second);
  return out;
}

}  // namespace scoria
