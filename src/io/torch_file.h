#pragma once

#include <memory>

#include "io/file.h"
#include "scoria/io/named_tensors.h"

namespace scoria {

/// Whether a file begins as torch.save's do: a zip, or the stream from before PyTorch 1.6.
bool is_torch_file(const File& file);

/// Opens what torch.save wrote of a dictionary from names to tensors, or of a dictionary that has such a one as
/// "state_dict", "model_state_dict", "model", "module", "model_state" or "net" (one of them, or one in another). What
/// else a checkpoint holds (an optimizer's states, numbers, settings) is passed over; a pickled model is refused.
///
/// A tensor may lie in its storage with any strides (transposed ones are common in files converted from TensorFlow),
/// but within it and with no more elements than it has. At most 16 MiB of pickle.
/// Source: torch/serialization.py and torch/_utils.py of PyTorch.
std::unique_ptr<NamedTensors> open_torch_file(File file);

}  // namespace scoria
