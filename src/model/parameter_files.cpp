#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <unordered_map>

#include "base/check.h"
#include "base/half.h"
#include "scoria/error.h"
#include "scoria/model/parameters.h"

namespace scoria {
namespace {

bool replace_end(std::string& text, std::string_view old_end, std::string_view new_end) {
  if (!text.ends_with(old_end)) return false;
  text.replace(text.size() - old_end.size(), old_end.size(), new_end);
  return true;
}

// Today's name of a tensor that an older file names otherwise.
std::string current_name(std::string name) {
  replace_end(name, "LayerNorm.gamma", "LayerNorm.weight") || replace_end(name, "LayerNorm.beta", "LayerNorm.bias");
  for (const std::string_view part : {"embeddings.", "encoder.", "pooler."}) {
    if (name.starts_with(part)) return "bert." + name;
  }
  return name;
}

// Tensors that say nothing new: positions counted up, and the decoder, which is tied.
bool is_redundant(std::string_view name) {
  return name.ends_with("embeddings.position_ids") || name == "cls.predictions.decoder.weight" ||
         name == "cls.predictions.decoder.bias";
}

void convert(const Tensor& tensor, std::span<float> values) {
  if (tensor.dtype() == DType::f32) {
    std::ranges::copy(tensor.values<float>(), values.begin());
    return;
  }
  const std::span<const std::uint16_t> bits = tensor.values<std::uint16_t>();
  for (std::size_t i = 0; i < bits.size(); ++i) {
    values[i] = tensor.dtype() == DType::f16 ? float_from_f16(bits[i]) : float_from_bf16(bits[i]);
  }
}

Shape stored_shape(const PlacedParameter& parameter) {
  std::vector<std::int64_t> sizes = parameter.shape.sizes();
  sizes[0] /= static_cast<std::int64_t>(parameter.stored_names.size());
  return Shape(sizes);
}

class Loader {
 public:
  Loader(const SafetensorsFile& file, std::span<float> arena, std::string_view prefix) : file_(file), arena_(arena) {
    for (const SafetensorsEntry& entry : file.entries()) {
      if (entry.name.starts_with(prefix)) entries_.emplace(current_name(entry.name.substr(prefix.size())), &entry);
    }
  }

  void load(const PlacedParameter& parameter) {
    const Shape shape = stored_shape(parameter);
    const std::int64_t count = shape.element_count();
    std::int64_t offset = parameter.offset;
    for (const std::string& name : parameter.stored_names) {
      load_part(name, shape, arena_.subspan(offset, count));
      offset += count;
    }
  }

  ParameterReport report() {
    for (const auto& [name, entry] : entries_) {
      if (!used_.contains(entry) && !is_redundant(name)) report_.unexpected.push_back(entry->name);
    }
    std::sort(report_.unexpected.begin(), report_.unexpected.end());
    return report_;
  }

 private:
  void load_part(const std::string& name, const Shape& shape, std::span<float> values) {
    const SafetensorsEntry* entry = find(name);
    if (!entry) {
      report_.missing.push_back(name);
      return;
    }
    used_.insert(entry);
    if (entry->shape != shape) {
      report_.reshaped.push_back(
          fmt::format("{}: {} in the file, expected {}", name, entry->shape.to_string(), shape.to_string()));
      return;
    }
    const Tensor tensor = file_.read(entry->name);
    if (!is_float(tensor.dtype())) {
      throw Error(ErrorKind::Input, fmt::format("{} has dtype {}, expected F32, F16 or BF16; convert the file",
                                                entry->name, entry->dtype));
    }
    convert(tensor, values);
  }

  const SafetensorsEntry* find(const std::string& name) const {
    auto found = entries_.find(name);
    // Some files keep the tied bias only with the decoder.
    if (found == entries_.end() && name == "cls.predictions.bias")
      found = entries_.find("cls.predictions.decoder.bias");
    return found == entries_.end() ? nullptr : found->second;
  }

  const SafetensorsFile& file_;
  std::span<float> arena_;
  std::unordered_map<std::string, const SafetensorsEntry*> entries_;
  std::set<const SafetensorsEntry*> used_;
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
  return text;
}

ParameterReport load_parameters(const SafetensorsFile& file, const ParameterLayout& layout, std::span<float> arena,
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
      offset += shape.element_count();
    }
  }
  return items;
}

}  // namespace scoria
