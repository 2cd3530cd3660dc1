#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scoria {

/// How a tensor of a file is called today.
struct CurrentName {
  std::string name;  ///< Hugging Face's
  /// The file has [in, out] where Hugging Face has [out, in]: the kernels of TensorFlow.
  bool transposed = false;
};

/// The names of today of a file's tensors, one for each and in their order.
///
/// Understands LayerNorm.gamma and .beta, files without the leading "bert.", the names of google-research/bert's
/// checkpoints ("bert/encoder/layer_0/output/dense/kernel"), and what programs wrap a model in: "module."
/// (DataParallel), "_orig_mod." (torch.compile, anywhere in a name), "model." (Lightning), "bert_model.", any number of
/// them, or whatever stands before the only word table of the file. Any other name stays.
/// Throws Error (Input), opened by `where`, if the file has word tables of several models and none of them is without
/// such a wrapper.
std::vector<CurrentName> current_names(std::span<const std::string> stored, std::string_view where = "the file");

/// Tensors that no model wants and no report needs to list: positions counted up, an optimizer's moments and counters.
bool is_passed_over(std::string_view stored);

}  // namespace scoria
