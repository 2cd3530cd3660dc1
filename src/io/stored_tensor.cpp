#include "io/stored_tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "scoria/error.h"

namespace scoria {
namespace {

constexpr std::string_view kDouble = "F64";
constexpr std::array<StoredDType, 15> kStoredDTypes{{{kDouble, 8, {}},
                                                     {"I64", 8, {}},
                                                     {"U64", 8, {}},
                                                     {"F32", 4, DType::f32},
                                                     {"I32", 4, DType::i32},
                                                     {"U32", 4, DType::u32},
                                                     {"F16", 2, DType::f16},
                                                     {"BF16", 2, DType::bf16},
                                                     {"I16", 2, {}},
                                                     {"U16", 2, {}},
                                                     {"I8", 1, {}},
                                                     {"U8", 1, {}},
                                                     {"BOOL", 1, {}},
                                                     {"F8_E4M3", 1, {}},
                                                     {"F8_E5M2", 1, {}}}};

}  // namespace

const StoredDType* find_stored_dtype(std::string_view name) {
  const auto* found = std::find_if(kStoredDTypes.begin(), kStoredDTypes.end(),
                                   [name](const StoredDType& dtype) { return dtype.name == name; });
  return found == kStoredDTypes.end() ? nullptr : found;
}

std::string_view stored_name(DType dtype) {
  for (const StoredDType& stored : kStoredDTypes) {
    if (stored.ours == dtype) return stored.name;
  }
  throw Error(ErrorKind::Usage, fmt::format("files cannot store dtype {}", name(dtype)));
}

Tensor read_stored(const StoredTensor& stored, std::string_view where,
                   const std::function<void(std::span<std::byte>)>& fill) {
  if (stored.dtype == kDouble) {
    std::vector<double> values(static_cast<std::size_t>(stored.shape.element_count()));
    fill(std::as_writable_bytes(std::span(values)));
    Tensor tensor(DType::f32, stored.shape);
    std::ranges::transform(values, tensor.values<float>().begin(), [](double x) { return static_cast<float>(x); });
    return tensor;
  }
  const StoredDType* dtype = find_stored_dtype(stored.dtype);
  if (!dtype || !dtype->ours) {
    throw Error(ErrorKind::Input,
                fmt::format("{}: {} has dtype {}, expected F32, F64, F16, BF16, I32 or U32; convert the file", where,
                            shown(stored.name), stored.dtype));
  }
  Tensor tensor(*dtype->ours, stored.shape);
  fill(tensor.bytes());
  return tensor;
}

Shape checked_shape(std::span<const std::uint64_t> sizes, std::string_view where, std::string_view name) {
  if (sizes.size() > kMaxTensorRank) {
    fail_damaged(where, fmt::format("{} has {} axes, expected at most {}", shown(name), sizes.size(), kMaxTensorRank));
  }
  std::uint64_t room = Shape::kMostElements;
  for (const std::uint64_t size : sizes) {
    if (size > room) fail_damaged(where, fmt::format("the shape of {} is too large", shown(name)));
    room /= std::max<std::uint64_t>(size, 1);
  }
  return Shape(std::vector<std::int64_t>(sizes.begin(), sizes.end()));
}

std::string shown(std::string_view name) {
  return nlohmann::json(std::string(name.substr(0, 80))).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

void fail_damaged(std::string_view where, std::string_view what) {
  throw Error(ErrorKind::Input, fmt::format("{}: {}; the file is damaged, fetch it again", where, what));
}

void fail_absent(std::string_view where, std::string_view name) {
  throw Error(ErrorKind::Input, fmt::format("{}: there is no tensor {}; it needs one", where, shown(name)));
}

}  // namespace scoria
