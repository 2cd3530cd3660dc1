#pragma once

#include <string>
#include <string_view>

namespace scoria {

/// How a tensor of a file is called today.
struct CurrentName {
  std::string name;  ///< Hugging Face's
  /// The file has [in, out] where Hugging Face has [out, in]: the kernels of TensorFlow.
  bool transposed = false;
};

/// Understands LayerNorm.gamma and .beta, files without the leading "bert.", a leading "module." (DataParallel), and
/// the names of google-research/bert's checkpoints: "bert/encoder/layer_0/output/dense/kernel". Any other name stays.
CurrentName current_name(std::string_view stored);

/// Tensors that no model wants and no report needs to list: positions counted up, an optimizer's moments and counters.
bool is_passed_over(std::string_view stored);

}  // namespace scoria
