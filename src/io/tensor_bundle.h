#pragma once

#include <memory>

#include "io/file.h"
#include "scoria/io/named_tensors.h"

namespace scoria {

/// Opens a TensorFlow checkpoint, a "tensor bundle": PREFIX.index, a sorted table from names to where the tensors lie,
/// and PREFIX.data-00000-of-00001 and so on beside it. Names stay TensorFlow's. A tensor's checksum is compared when
/// it is read. Partitioned variables and big-endian files are refused; variables that are no tensors of numbers
/// (texts, resources) are passed over.
/// Source: tensorflow/core/protobuf/tensor_bundle.proto.
std::unique_ptr<NamedTensors> open_tensor_bundle(const File& index);

}  // namespace scoria
