#include "scoria/io/npy.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "scoria/error.h"
#include "support/temporary_folder.h"

using namespace scoria;

namespace {

std::string written(const Tensor& tensor) {
  const TemporaryFolder folder;
  write_npy(folder / "x.npy", tensor);
  return file_bytes(folder / "x.npy");
}

std::size_t header_size(const std::string& bytes) {
  return 10 + static_cast<unsigned char>(bytes[8]) + 256u * static_cast<unsigned char>(bytes[9]);
}

}  // namespace

TEST_CASE("npy: the bytes that numpy.save writes") {
  const std::array<float, 6> values{1, -2, 3.5f, 0, 1e-30f, 6};
  const std::string bytes = written(Tensor::from({2, 3}, std::span<const float>(values)));
  // numpy.save(f, numpy.array([[1, -2, 3.5], [0, 1e-30, 6]], "<f4")), NumPy 2.
  const std::string expected = std::string("\x93NUMPY\x01\x00v\x00", 10) +
                               "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" + std::string(58, ' ') +
                               "\n";
  REQUIRE(bytes.size() == 128 + sizeof values);
  CHECK(bytes.substr(0, 128) == expected);
  CHECK(std::memcmp(bytes.data() + 128, values.data(), sizeof values) == 0);
}

TEST_CASE("npy: shapes of every rank, and the dtypes") {
  const auto check = [](const TensorDesc& desc, const std::string& descr, const std::string& shape) {
    CAPTURE(shape);
    const std::string bytes = written(Tensor(desc));
    const std::size_t size = header_size(bytes);
    CHECK(size % 64 == 0);
    CHECK(bytes[size - 1] == '\n');
    CHECK(bytes.size() == size + desc.byte_count());
    CHECK(bytes.find("'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }") == 10 + 1);
  };
  check({DType::f32, {}}, "<f4", "()");
  check({DType::i32, {5}}, "<i4", "(5,)");
  check({DType::u32, {1, 1}}, "<u4", "(1, 1)");
  check({DType::f16, {0, 7}}, "<f2", "(0, 7)");
  check({DType::f32, {12, 12, 1, 2, 3}}, "<f4", "(12, 12, 1, 2, 3)");
}

TEST_CASE("npy: rows one after another make the same file") {
  const TemporaryFolder folder;
  const std::array<float, 6> values{1, -2, 3.5f, 0, 1e-30f, 6};
  {
    NpyRows rows(folder / "x.npy", 3);
    rows.append(std::span(values).first(3));
    rows.append({});
    rows.append(std::span(values).last(3));
    CHECK_THROWS_AS(rows.append(std::span(values).first(4)), Error);
    CHECK_FALSE(std::filesystem::exists(folder / "x.npy"));
    rows.commit();
  }
  CHECK(file_bytes(folder / "x.npy") == written(Tensor::from({2, 3}, std::span<const float>(values))));
  { NpyRows(folder / "y.npy", 3).append(values); }
  CHECK_FALSE(std::filesystem::exists(folder / "y.npy"));
  CHECK_THROWS_AS(NpyRows(folder / "z.npy", 0), Error);
  NpyRows(folder / "none.npy", 1000000).commit();
  CHECK(file_bytes(folder / "none.npy") == written(Tensor(DType::f32, {0, 1000000})));
  std::filesystem::remove(folder / "x.npy");
  std::filesystem::remove(folder / "none.npy");
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("npy: what cannot be written is refused, and nothing is left") {
  const TemporaryFolder folder;
  const auto refusal = [&](const TensorDesc& desc, std::size_t size) -> std::string {
    const std::vector<std::byte> bytes(size);
    try {
      write_npy(folder / "x.npy", desc, bytes);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::Usage);
      return error.what();
    }
    return "";
  };
  CHECK(refusal({DType::bf16, {2}}, 4).find("NumPy has no bf16; convert to f32 first") != std::string::npos);
  CHECK(refusal({DType::f32, {2}}, 4).find("f32 [2] takes 8 bytes; 4 were given") != std::string::npos);
  CHECK(std::filesystem::is_empty(folder.path()));
  CHECK_THROWS_AS(write_npy(folder / "none" / "x.npy", Tensor(DType::f32, {1})), Error);
}
