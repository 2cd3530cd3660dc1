#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scoria/tensor.h"

namespace scoria {

/// What a file says of one of its tensors.
struct StoredTensor {
  std::string name;
  std::string dtype;  ///< as safetensors calls it: "F32", "BF16", "I64", ...
  Shape shape;
};

/// The tensors of a model by name, whatever files they lie in.
class NamedTensors {
 public:
  virtual ~NamedTensors() = default;
  /// Each name once.
  virtual std::vector<StoredTensor> list() const = 0;
  /// F64 comes as f32, rounded. Throws Error (Input) if there is no such tensor, its dtype is none of F32, F64, F16, BF16,
  /// I32, U32, or its bytes are not there or are damaged.
  virtual Tensor read(std::string_view name) const = 0;
};

/// Opens the weights of a model: a file, or a folder in which it takes the first of
///
///     model.safetensors              safetensors
///     model.safetensors.index.json   several of them and their index
///     pytorch_model.bin              torch.save: the zip of today, or the stream from before PyTorch 1.6
///     pytorch_model.bin.index.json   several of them and their index
///     *.index                        a TensorFlow checkpoint: the index, and NAME.data-00000-of-00001 beside it
///
/// A file is known by its contents, not by its name. A TensorFlow checkpoint may also be given as its prefix,
/// "bert_model.ckpt".
///
/// Files are not trusted. An index names plain files beside it, never a path. Nothing in a pickle is run: a small
/// interpreter knows tensors and dictionaries and refuses every other opcode and global by name. Sizes are checked
/// against the file before anything is allocated for them; reading the directory of any of these formats takes at
/// most 1 GiB whatever the file says, and reading a tensor at most twice the size of its file.
/// Throws Error (Input), one line that names the file and the tensor, key or byte.
std::unique_ptr<NamedTensors> open_named_tensors(const std::filesystem::path& path);

}  // namespace scoria
