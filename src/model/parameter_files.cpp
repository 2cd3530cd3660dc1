#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "base/half.h"
#include "model/stored_names.h"
#include "scoria/error.h"
#include "scoria/model/parameters.h"

namespace scoria {
namespace {

std::vector<float> to_floats(const Tensor& tensor) {
  if (tensor.dtype() == DType::f32) {
    const std::span<const float> values = tensor.values<float>();
    return {values.begin(), values.end()};
  }
  const std::span<const std::uint16_t> bits = tensor.values<std::uint16_t>();
  std::vector<float> values(bits.size());
  for (std::size_t i = 0; i < bits.size(); ++i) {
    values[i] = tensor.dtype() == DType::f16 ? float_from_f16(bits[i]) : float_from_bf16(bits[i]);
  }
  return values;
}

std::vector<float> transpose(std::span<const float> values, std::int64_t rows, std::int64_t columns) {
  std::vector<float> result(values.size());
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      result[column * rows + row] = values[row * columns + column];
    }
  }
  return result;
}

// A model may hold NaN, and is then no less tied.
bool equal_bits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

Shape stored_shape(const PlacedParameter& parameter) {
  std::vector<std::int64_t> sizes = parameter.shape.sizes();
  sizes[0] /= static_cast<std::int64_t>(parameter.stored_names.size());
  return Shape(sizes);
}

// A tensor of the file under its name of today.
struct Found {
  StoredTensor stored;
  bool transposed = false;
  bool used = false;
  std::vector<StoredTensor> namesakes = {};  // others that have this name of today

  Shape shape() const {
    return transposed && stored.shape.rank() == 2 ? Shape{stored.shape[1], stored.shape[0]} : stored.shape;
  }
};

class Loader {
 public:
  Loader(const NamedTensors& file, std::span<float> arena, std::string_view prefix) : file_(file), arena_(arena) {
    std::vector<StoredTensor> tensors = file.list();
    std::erase_if(tensors, [&](const StoredTensor& stored) { return !stored.name.starts_with(prefix); });
    std::vector<std::string> names;
    for (const StoredTensor& stored : tensors) names.push_back(stored.name.substr(prefix.size()));
    std::vector<CurrentName> current = current_names(names);
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const auto [place, is_new] =
          found_.try_emplace(std::move(current[i].name), Found{tensors[i], current[i].transposed});
      if (!is_new) place->second.namesakes.push_back(tensors[i]);
    }
  }

  void load(const PlacedParameter& parameter) {
    const Shape shape = stored_shape(parameter);
    const std::int64_t count = shape.element_count();
    std::int64_t offset = parameter.offset;
    for (const std::string& name : parameter.stored_names) {
      load_part(name, parameter, shape, arena_.subspan(offset, count));
      offset += count;
    }
  }

  ParameterReport report() {
    for (const auto& [name, found] : found_) {
      if (found.used || is_passed_over(found.stored.name)) continue;
      report_.unexpected.push_back(found.stored.name);
      for (const StoredTensor& namesake : found.namesakes) report_.unexpected.push_back(namesake.name);
    }
    std::sort(report_.unexpected.begin(), report_.unexpected.end());
    return report_;
  }

 private:
  void load_part(const std::string& name, const ParameterSpec& parameter, const Shape& shape, std::span<float> values) {
    Found* found = find(name);
    Found* tied = parameter.tied_name.empty() ? nullptr : find(parameter.tied_name);
    if (!found) found = std::exchange(tied, nullptr);
    if (!found) {
      report_.missing.push_back(name);
      return;
    }
    if (found->shape() != shape) {
      report_.reshaped.push_back(
          fmt::format("{}: {} in the file, expected {}", name, found->shape().to_string(), shape.to_string()));
      return;
    }
    std::ranges::copy(read(*found), values.begin());
    report_.loaded.push_back(name);
    if (tied && !parameter.stored_twice) check_tied(*found, *tied, values);
  }

  std::vector<float> read(const Found& found) const {
    const Tensor tensor = file_.read(found.stored.name);
    if (!is_float(tensor.dtype())) {
      throw Error(ErrorKind::Input, fmt::format("{} has dtype {}, expected F32, F16 or BF16; convert the file",
                                                found.stored.name, found.stored.dtype));
    }
    std::vector<float> values = to_floats(tensor);
    return found.transposed ? transpose(values, found.stored.shape[0], found.stored.shape[1]) : values;
  }

  void check_tied(const Found& first, const Found& second, std::span<const float> values) const {
    if (first.shape() != second.shape() || !equal_bits(read(second), values)) {
      throw Error(ErrorKind::Input,
                  fmt::format("{} and {} differ, expected one tensor stored twice: the model was trained with "
                              "\"tie_word_embeddings\" false, say so in config.json",
                              first.stored.name, second.stored.name));
    }
  }

  // One tensor under two names, as where a model stands in a file alone and wrapped, is no question.
  void check_namesakes(const std::string& name, const Found& found) const {
    if (found.namesakes.empty()) return;
    const std::vector<float> values = read(found);
    for (const StoredTensor& namesake : found.namesakes) {
      const Found other{namesake, found.transposed};
      if (other.shape() == found.shape() && equal_bits(read(other), values)) continue;
      throw Error(ErrorKind::Input, fmt::format("{} and {} differ, and each may be {}; save one model alone",
                                                found.stored.name, namesake.name, name));
    }
  }

  Found* find(const std::string& name) {
    const auto found = found_.find(name);
    if (found == found_.end()) return nullptr;
    check_namesakes(name, found->second);
    found->second.used = true;
    return &found->second;
  }

  const NamedTensors& file_;
  std::span<float> arena_;
  std::unordered_map<std::string, Found> found_;
  ParameterReport report_;
};

void append_list(std::string& text, std::string_view what, const std::vector<std::string>& names) {
  if (names.empty()) return;
  const std::size_t shown = std::min<std::size_t>(names.size(), 4);
  text += fmt::format("{}{} {}: {}{}", text.empty() ? "" : "; ", names.size(), what,
                      fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                      shown < names.size() ? ", ..." : "");
}

}  // namespace

std::string ParameterReport::to_string() const {
  std::string text;
  append_list(text, "missing", missing);
  append_list(text, "unexpected", unexpected);
  append_list(text, "of another shape", reshaped);
  append_list(text, "started anew", started);
  return text;
}

ParameterReport load_parameters(const NamedTensors& file, const ParameterLayout& layout, std::span<float> arena,
                                std::string_view prefix) {
  SCORIA_CHECK(static_cast<std::int64_t>(arena.size()) == layout.element_count(), "the arena has another layout");
  Loader loader(file, arena, prefix);
  for (const PlacedParameter& parameter : layout.parameters()) loader.load(parameter);
  return loader.report();
}

std::vector<SafetensorsItem> parameter_items(const ParameterLayout& layout, std::span<const float> arena,
                                             std::string_view prefix) {
  SCORIA_CHECK(static_cast<std::int64_t>(arena.size()) == layout.element_count(), "the arena has another layout");
  std::vector<SafetensorsItem> items;
  for (const PlacedParameter& parameter : layout.parameters()) {
    const Shape shape = stored_shape(parameter);
    std::int64_t offset = parameter.offset;
    for (const std::string& name : parameter.stored_names) {
      const auto part = arena.subspan(offset, shape.element_count());
      items.push_back({std::string(prefix) + name, {DType::f32, shape}, std::as_bytes(part)});
      if (parameter.stored_twice)
        items.push_back({std::string(prefix) + parameter.tied_name, {DType::f32, shape}, std::as_bytes(part)});
      offset += shape.element_count();
    }
  }
  return items;
}

}  // namespace scoria
