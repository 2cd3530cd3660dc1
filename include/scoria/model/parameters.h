#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scoria/graph.h"
#include "scoria/io/safetensors.h"
#include "scoria/tensor.h"

namespace scoria {

/// One trained tensor of a model.
struct ParameterSpec {
  enum class Start { Normal, Zeros, Ones };

  std::string name;
  Shape shape;
  Start start = Start::Normal;
  /// Whether weight decay applies: not to biases and LayerNorm, as in BERT's optimization.py.
  bool decays = true;
  /// A row of a Normal tensor that starts at zero: [PAD]. -1: none.
  std::int64_t zero_row = -1;
  /// The tensors of a file that make it up, one below the other along the first axis, all of one size. Usually
  /// one, of the same name; the fused query, key and value are three.
  std::vector<std::string> stored_names;
  /// The name under which a file may hold the same tensor once more, or instead: the decoder of the MLM head repeats
  /// the word table. "": none.
  std::string tied_name;
  /// Files get it under tied_name too; in a file stored_names[0] counts, and where it lacks that, tied_name.
  bool stored_twice = false;
};

struct PlacedParameter : ParameterSpec {
  std::int64_t offset = 0;  ///< in elements, a multiple of ParameterLayout::kAlignment
  std::int64_t element_count() const { return shape.element_count(); }
};

/// Where each parameter lies in one flat f32 array, the arena. Weights, gradients and both Adam moments are four
/// arrays of this one layout, so that an optimizer step is a few passes over memory and not one for each tensor.
/// The elements between tensors are zero and stay zero.
class ParameterLayout {
 public:
  /// The unit in which tensors are aligned and weight decay is switched.
  static constexpr std::int64_t kAlignment = 64;

  explicit ParameterLayout(std::vector<ParameterSpec> specs);

  /// N, a multiple of kAlignment.
  std::int64_t element_count() const { return element_count_; }
  /// Elements of the tensors, without the gaps.
  std::int64_t parameter_count() const { return parameter_count_; }
  const std::vector<PlacedParameter>& parameters() const { return parameters_; }
  /// Throws Error (Usage) if there is no such parameter.
  const PlacedParameter& find(std::string_view name) const;
  bool has(std::string_view name) const { return by_name_.find(name) != by_name_.end(); }
  /// [N / 64] u32, 1 where the block's tensor decays: adamw's decay_blocks.
  Tensor decay_blocks() const;
  /// [N] f32: each tensor as its spec starts it; normal with mean 0 and this standard deviation, not truncated. A pure
  /// function of the layout and the seed.
  Tensor initial_values(std::uint64_t seed, float standard_deviation) const;
  /// The same for one parameter of an arena.
  void start(std::string_view name, std::span<float> arena, std::uint64_t seed, float standard_deviation) const;

 private:
  std::vector<PlacedParameter> parameters_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
  std::int64_t element_count_ = 0;
  std::int64_t parameter_count_ = 0;
};

/// The arena in a graph: a state [N] f32, and each parameter a view of it.
class ParameterArena {
 public:
  ParameterArena(Graph& graph, const ParameterLayout& layout, std::string_view state_name = "parameters");

  /// The whole state.
  Value flat() const { return flat_; }
  /// One parameter; the same Value each time it is asked for. Throws Error (Usage) if there is no such parameter.
  Value operator[](std::string_view name) const;
  /// All parameters, in the layout's order.
  const std::vector<Value>& values() const { return values_; }
  const ParameterLayout& layout() const { return *layout_; }
  /// Writes the gradients of values(), in that order, into a state of this layout and returns it.
  Value pack_gradients(std::span<const Value> gradients, std::string_view state_name = "gradients") const;

 private:
  const ParameterLayout* layout_;
  Graph* graph_;
  Value flat_;
  std::vector<Value> values_;
};

/// What a file and a layout did not agree on.
struct ParameterReport {
  std::vector<std::string> loaded;      ///< read, by their names of today
  std::vector<std::string> missing;     ///< wanted, not in the file: these elements were left as they were
  std::vector<std::string> unexpected;  ///< in the file, not wanted, by their names there
  /// In both with different shapes, not read: "name: [2, 3] in the file, expected [3, 3]".
  std::vector<std::string> reshaped;
  std::vector<std::string> started;  ///< parameters that start anew because the caller asked for them (load_bert)

  bool complete() const { return missing.empty() && reshaped.empty(); }
  /// One line that lists the first few of each kind but `loaded`; empty if there is nothing to say.
  std::string to_string() const;
};

/// Reads the tensors of a model's files into an arena, f16 and bf16 converted to f32; only those whose name begins
/// with `prefix`, which is not part of the name.
///
/// Names are Hugging Face's, and also what older files have: LayerNorm.gamma and .beta, no leading "bert.", and those
/// of google-research/bert's TensorFlow checkpoints, whose kernels are transposed. What wraps a model in a program
/// stands before its names and is taken off: `module.` (DataParallel), `_orig_mod.` (torch.compile), `model.`
/// (Lightning), or whatever else stands before the only word table; Error (Input) if two tensors then have one name, or
/// there are word tables of several models. Not reported as unexpected: position_ids, and what an optimizer keeps. A
/// tied tensor may be stored under either name or both; Error (Input) if the two differ. A tensor that is missing is
/// never filled in silently: look at the report.
[[nodiscard]] ParameterReport load_parameters(const NamedTensors& file, const ParameterLayout& layout,
                                              std::span<float> arena, std::string_view prefix = "");

/// The tensors of an arena under their stored names, for write_safetensors; they look into the arena's memory. Tied
/// tensors are one parameter and stored once.
std::vector<SafetensorsItem> parameter_items(const ParameterLayout& layout, std::span<const float> arena,
                                             std::string_view prefix = "");

}  // namespace scoria
