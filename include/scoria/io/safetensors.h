#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scoria/io/named_tensors.h"
#include "scoria/tensor.h"

namespace scoria {

/// One tensor of a safetensors file, and where it lies.
struct SafetensorsEntry : StoredTensor {
  std::uint64_t begin = 0;  ///< first byte, from the end of the header
  std::uint64_t end = 0;    ///< one past its last byte
};

/// Reads Hugging Face's safetensors format: u64 header length, JSON header, tensors one after another.
///
/// The whole header is checked before any tensor is read, and nothing is allocated on the word of the file alone:
/// header within the file and at most 100,000,000 bytes; no duplicate name; known dtype; rank at most 8; shape times
/// dtype equal to the byte range without overflow; ranges contiguous from 0 to the end of the file, with no overlap
/// and no hole; at most 100,000 tensors, names of 512 bytes and 10,000 members of "__metadata__". Anything else throws
/// Error (Input) that names the file, the tensor and the rule.
/// Source: the format's description at github.com/huggingface/safetensors.
class SafetensorsFile final : public NamedTensors {
 public:
  explicit SafetensorsFile(const std::string& path);
  ~SafetensorsFile() override;
  SafetensorsFile(SafetensorsFile&&) noexcept;

  /// In the order of their bytes.
  const std::vector<SafetensorsEntry>& entries() const;
  /// nullptr if there is no such tensor.
  const SafetensorsEntry* find(std::string_view name) const;
  /// The header's "__metadata__".
  const std::map<std::string, std::string>& metadata() const;

  std::vector<StoredTensor> list() const override;
  Tensor read(std::string_view name) const override;
  /// The stored bytes, whatever the dtype; bytes must have the size of the tensor.
  void read(std::string_view name, std::span<std::byte> bytes) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A tensor to write; the bytes are the caller's.
struct SafetensorsItem {
  std::string name;
  TensorDesc desc;
  std::span<const std::byte> bytes;
};

/// Writes a safetensors file, replacing the path atomically. Equal items and metadata give equal bytes: tensors
/// stand by dtype size (largest first), then by name, and the header is padded with spaces to a multiple of 8.
/// metadata gets "format": "pt", which transformers asks for, unless it has a "format" of its own.
/// Throws Error (Usage) on a duplicate name or bytes that are not the size of desc, Error (Io) where the
/// operating system refuses.
void write_safetensors(const std::string& path, std::span<const SafetensorsItem> items,
                       std::map<std::string, std::string> metadata = {});

}  // namespace scoria
