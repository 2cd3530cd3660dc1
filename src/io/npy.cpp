#include "scoria/io/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <string_view>

#include "io/atomic_write.h"
#include "scoria/error.h"

namespace scoria {
namespace {

constexpr std::size_t kAlignment = 64;

std::string_view descr(const std::filesystem::path& path, DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "<f4";
    case DType::f16:
      return "<f2";
    case DType::i32:
      return "<i4";
    case DType::u32:
      return "<u4";
    case DType::bf16:
      break;
  }
  throw Error(ErrorKind::Usage, fmt::format("{}: NumPy has no bf16; convert to f32 first", path.string()));
}

// Magic, version, u16 length of what follows, the dictionary padded with spaces, a line feed.
std::string header(std::string_view descr, const Shape& shape) {
  const std::string sizes = fmt::format("{}{}", fmt::join(shape.sizes(), ", "), shape.rank() == 1 ? "," : "");
  std::string dictionary = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, sizes);
  const std::size_t fixed = 10, size = fixed + dictionary.size() + 1;
  dictionary.append((kAlignment - size % kAlignment) % kAlignment, ' ');
  dictionary += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(dictionary.size() & 0xff);
  out += static_cast<char>(dictionary.size() >> 8);
  return out + dictionary;
}

}  // namespace

void write_npy(const std::filesystem::path& path, const TensorDesc& desc, std::span<const std::byte> bytes) {
  if (bytes.size() != desc.byte_count()) {
    throw Error(ErrorKind::Usage, fmt::format("{}: {} takes {} bytes; {} were given", path.string(), desc.to_string(),
                                              desc.byte_count(), bytes.size()));
  }
  const std::string head = header(descr(path, desc.dtype), desc.shape);
  write_atomically(path, [&](File& file) {
    file.write(head);
    file.write(bytes);
  });
}

void write_npy(const std::filesystem::path& path, const Tensor& tensor) {
  write_npy(path, tensor.desc(), tensor.bytes());
}

// The header of a matrix takes 128 bytes whatever its sizes, so it is written first and again when the rows are known.
struct NpyRows::State {
  PendingFile pending;
  std::int64_t rows, columns;

  std::string header() { return scoria::header(descr(pending.file().path(), DType::f32), {rows, columns}); }
};

NpyRows::NpyRows(const std::filesystem::path& path, std::int64_t columns)
    : state_(columns > 0 ? new State{PendingFile(path), 0, columns} : nullptr) {
  if (!state_) {
    throw Error(ErrorKind::Usage, fmt::format("{}: rows of {} columns; give 1 or more", path.string(), columns));
  }
  state_->pending.file().write(state_->header());
}

NpyRows::~NpyRows() = default;

void NpyRows::append(std::span<const float> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  if (count % state_->columns != 0) {
    throw Error(ErrorKind::Usage, fmt::format("{} values are no whole rows of {}", count, state_->columns));
  }
  state_->pending.file().write(std::as_bytes(values));
  state_->rows += count / state_->columns;
}

std::int64_t NpyRows::columns() const { return state_->columns; }

void NpyRows::commit() {
  const std::string head = state_->header();
  state_->pending.file().write_at(0, std::as_bytes(std::span(head)));
  state_->pending.commit();
}

}  // namespace scoria
