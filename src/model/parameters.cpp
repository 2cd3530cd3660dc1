#include "scoria/model/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/check.h"
#include "base/philox.h"
#include "scoria/error.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

// The last word of the counter keeps initial values apart from dropout, which has 0 there.
constexpr std::uint32_t kStream = 1;

// Two normal numbers from two words. Source: Box, Muller 1958.
std::array<float, 2> normal_pair(std::uint32_t a, std::uint32_t b) {
  const double radius = std::sqrt(-2.0 * std::log((a + 1.0) * 0x1p-32));
  const double angle = 2.0 * std::numbers::pi * b * 0x1p-32;
  return {static_cast<float>(radius * std::cos(angle)), static_cast<float>(radius * std::sin(angle))};
}

void fill_normal(std::span<float> values, std::uint32_t parameter, std::uint64_t seed, float standard_deviation) {
  const std::array<std::uint32_t, 2> key{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  for (std::size_t begin = 0; begin < values.size(); begin += 4) {
    const auto words = philox4x32({static_cast<std::uint32_t>(begin / 4), parameter, 0, kStream}, key);
    const auto first = normal_pair(words[0], words[1]), second = normal_pair(words[2], words[3]);
    const std::array<float, 4> block{first[0], first[1], second[0], second[1]};
    for (std::size_t i = 0; i < 4 && begin + i < values.size(); ++i) values[begin + i] = standard_deviation * block[i];
  }
}

}  // namespace

ParameterLayout::ParameterLayout(std::vector<ParameterSpec> specs) {
  for (ParameterSpec& spec : specs) {
    SCORIA_CHECK(!spec.stored_names.empty(), "a parameter is stored under at least one name");
    PlacedParameter placed{std::move(spec), element_count_};
    const std::int64_t count = placed.element_count();
    parameter_count_ += count;
    element_count_ += (count + kAlignment - 1) / kAlignment * kAlignment;
    SCORIA_CHECK(by_name_.emplace(placed.name, parameters_.size()).second, "two parameters of one name");
    parameters_.push_back(std::move(placed));
  }
}

const PlacedParameter& ParameterLayout::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    throw Error(ErrorKind::Usage, fmt::format("the model has no parameter \"{}\"; check the spelling", name));
  }
  return parameters_[found->second];
}

Tensor ParameterLayout::decay_blocks() const {
  Tensor blocks(DType::u32, {element_count_ / kAlignment});
  const std::span<std::uint32_t> flags = blocks.values<std::uint32_t>();
  for (const PlacedParameter& parameter : parameters_) {
    const std::int64_t first = parameter.offset / kAlignment;
    const std::int64_t last = (parameter.offset + parameter.element_count() + kAlignment - 1) / kAlignment;
    for (std::int64_t block = first; block < last; ++block) flags[block] = parameter.decays ? 1 : 0;
  }
  return blocks;
}

Tensor ParameterLayout::initial_values(std::uint64_t seed, float standard_deviation) const {
  Tensor arena(DType::f32, {element_count_});
  for (const PlacedParameter& parameter : parameters_) {
    start(parameter.name, arena.values<float>(), seed, standard_deviation);
  }
  return arena;
}

void ParameterLayout::start(std::string_view name, std::span<float> arena, std::uint64_t seed,
                            float standard_deviation) const {
  const PlacedParameter& parameter = find(name);
  const std::span<float> part = arena.subspan(parameter.offset, parameter.element_count());
  std::fill(part.begin(), part.end(), parameter.start == ParameterSpec::Start::Ones ? 1.0f : 0.0f);
  if (parameter.start != ParameterSpec::Start::Normal) return;
  fill_normal(part, static_cast<std::uint32_t>(&parameter - parameters_.data()), seed, standard_deviation);
  if (parameter.zero_row >= 0) {
    const std::int64_t columns = parameter.shape.row_size();
    const auto row = part.subspan(parameter.zero_row * columns, columns);
    std::fill(row.begin(), row.end(), 0.0f);
  }
}

ParameterArena::ParameterArena(Graph& graph, const ParameterLayout& layout, std::string_view state_name)
    : layout_(&layout),
      graph_(&graph),
      flat_(graph.state(std::string(state_name), {DType::f32, {layout.element_count()}})) {
  for (const PlacedParameter& parameter : layout.parameters()) {
    const Graph::Scope scope(graph, parameter.name);
    values_.push_back(view(flat_, parameter.shape, parameter.offset));
  }
}

Value ParameterArena::operator[](std::string_view name) const {
  return values_[static_cast<std::size_t>(&layout_->find(name) - layout_->parameters().data())];
}

Value ParameterArena::pack_gradients(std::span<const Value> gradients, std::string_view state_name) const {
  const Value flat = graph_->state(std::string(state_name), flat_.desc());
  std::vector<std::int64_t> offsets;
  for (const PlacedParameter& parameter : layout_->parameters()) offsets.push_back(parameter.offset);
  return pack(flat, gradients, offsets);
}

}  // namespace scoria
