#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/pickle.h"
#include "scoria/io/named_tensors.h"

namespace scoria {

/// A storage of PyTorch, as a pickle names it.
struct TorchStorage {
  std::string key;
  std::string dtype;
  std::uint64_t elements = 0;
};

/// A tensor of PyTorch, as a pickle describes it: elements of a storage, with any strides but within it.
struct TorchTensor {
  StoredTensor stored;
  TorchStorage storage;
  std::uint64_t offset = 0;  ///< in elements
  std::vector<std::uint64_t> strides;
};

/// The globals that a pickle of tensors may name.
std::span<const std::string_view> torch_globals();

/// The tensors of the dictionary that is a pickle's root, or of the one within it that training programs keep a model's
/// tensors in. Throws Error (Input) where there is none, or two.
std::vector<TorchTensor> torch_tensors(const PickleValue& root, const std::string& where);

/// Every storage that a pickle names, those of an optimizer's tensors too.
std::vector<TorchStorage> torch_storages(const PickleValue& root, const std::string& where);

}  // namespace scoria
