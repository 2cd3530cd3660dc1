#include "scoria/io/safetensors.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "scoria/error.h"
#include "support/temporary_folder.h"

using namespace scoria;

namespace {

// A file with this header text and this many bytes of data.
std::string make_file(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + std::string(data_bytes, '\x01');
}

// The message with which a file is refused; "" if it is read.
std::string refusal(const TemporaryFolder& folder, const std::string& bytes) {
  const std::string path = folder / "case.safetensors";
  put_bytes(path, bytes);
  try {
    const SafetensorsFile file(path);
    for (const SafetensorsEntry& entry : file.entries()) {
      std::vector<std::byte> contents(entry.end - entry.begin);
      file.read(entry.name, contents);
    }
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Input);
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
    return error.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct Sample {
  Tensor weight = Tensor::from({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  Tensor bias = Tensor::from({3}, std::vector<float>{-1, 0, 1});
  Tensor half = Tensor(DType::f16, {5});
  Tensor ids = Tensor::from({2}, std::vector<std::int32_t>{7, -8});
  Tensor none = Tensor(DType::f32, {0, 4});

  std::vector<SafetensorsItem> items() const {
    return {{"z.weight", weight.desc(), weight.bytes()},
            {"half", half.desc(), half.bytes()},
            {"a \"quoted\" name", bias.desc(), bias.bytes()},
            {"ids", ids.desc(), ids.bytes()},
            {"none", none.desc(), none.bytes()}};
  }
};

std::string written(const TemporaryFolder& folder, const std::vector<SafetensorsItem>& items) {
  const std::string path = folder / "sample.safetensors";
  write_safetensors(path, items, {{"step", "40"}});
  return file_bytes(path);
}

}  // namespace

TEST_CASE("safetensors: written tensors are read back") {
  const TemporaryFolder folder;
  const Sample sample;
  written(folder, sample.items());
  const SafetensorsFile file(folder / "sample.safetensors");
  CHECK(file.entries().size() == 5);
  CHECK(file.metadata().at("format") == "pt");
  CHECK(file.metadata().at("step") == "40");
  CHECK(file.find("absent") == nullptr);
  const Tensor weight = file.read("z.weight");
  CHECK(weight.desc() == sample.weight.desc());
  CHECK(std::memcmp(weight.bytes().data(), sample.weight.bytes().data(), 24) == 0);
  CHECK(file.read("a \"quoted\" name").values<float>()[2] == 1.0f);
  CHECK(file.read("ids").values<std::int32_t>()[1] == -8);
  CHECK(file.read("none").shape() == Shape{0, 4});
  CHECK_THROWS_WITH_AS(file.read("absent"), doctest::Contains("there is no tensor \"absent\""), Error);
}

TEST_CASE("safetensors: the same tensors give the same bytes, aligned, in any order of items") {
  const TemporaryFolder folder;
  const Sample sample;
  std::vector<SafetensorsItem> items = sample.items();
  const std::string first = written(folder, items);
  std::reverse(items.begin(), items.end());
  CHECK(written(folder, items) == first);
  std::uint64_t length = 0;
  std::memcpy(&length, first.data(), 8);
  CHECK(length % 8 == 0);
  CHECK(first.substr(8, 1) == "{");
  const SafetensorsFile file(folder / "sample.safetensors");
  CHECK(file.entries().back().name == "half");  // two-byte elements stand last
}

TEST_CASE("safetensors: a file cut short anywhere is refused") {
  const TemporaryFolder folder;
  const std::string whole = written(folder, Sample().items());
  REQUIRE(refusal(folder, whole).empty());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(refusal(folder, whole.substr(0, size)).empty());
  }
  CHECK(has(refusal(folder, whole + "1234"), "the tensors end at byte"));
}

TEST_CASE("safetensors: every bit of the header flipped in turn is refused or read as a valid file") {
  const TemporaryFolder folder;
  const std::string whole = written(folder, Sample().items());
  std::uint64_t length = 0;
  std::memcpy(&length, whole.data(), 8);
  int refused = 0;
  for (std::size_t bit = 0; bit < (8 + length) * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    if (!refusal(folder, flipped).empty()) ++refused;
  }
  // What passes is a change of a name, of metadata text or of padding to other white space.
  CHECK(refused > static_cast<int>(length * 8) / 2);
}

TEST_CASE("safetensors: each rule refuses with its own message") {
  struct Case {
    const char* why;
    const char* header;
    std::size_t data_bytes;
    const char* message;
  };
  const Case cases[] = {
      {"overlap",
       R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
       12, "no overlap and no hole"},
      {"the same bytes twice",
       R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
       8, "no overlap and no hole"},
      {"hole",
       R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
       12, "no overlap and no hole"},
      {"does not start at 0", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8,
       "starts at byte 4 of the data, expected 0"},
      {"data after the last", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 8,
       "the tensors end at byte 4 of the data, the file has 8"},
      {"end before begin", R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[4,0]}})", 4, "data_offsets are [4, 0]"},
      {"shape and range differ", R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8,
       "12 bytes, but its data_offsets are [0, 8]"},
      {"product overflows to a small number",
       R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 0, "too large"},
      {"size above 63 bits", R"({"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,0]}})", 0,
       "too large"},
      {"huge range", R"({"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}})", 8,
       "too large"},
      {"negative size", R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}})", 0, "not negative"},
      {"fractional offset", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4.0]}})", 4, "whole number"},
      {"unknown dtype", R"({"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})", 4, "unknown dtype \"F31\""},
      {"rank 9", R"({"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}})", 1, "expected at most 8"},
      {"duplicate tensor",
       R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
       2, "duplicate key \"a\""},
      {"a field too many", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}})", 1, "nothing else"},
      {"metadata that is not text", R"({"__metadata__":{"n":1}})", 0, "must be a string"},
      {"metadata that is a list", R"({"__metadata__":[]})", 0, "strings to strings"},
      {"header is a list", "[1]", 0, "must start with {"},
      {"nested too deep", R"({"__metadata__":[[[[[[[[[[]]]]]]]]]]})", 0, "nested deeper than 8"},
      {"not UTF-8", "{\"\xff\":{}}", 0, "not valid JSON"},
      {"text after the header", R"({} x)", 0, "not valid JSON"},
  };
  const TemporaryFolder folder;
  for (const Case& c : cases) {
    CAPTURE(c.why);
    CHECK(has(refusal(folder, make_file(c.header, c.data_bytes)), c.message));
  }
  const std::string long_name(513, 'n');
  CHECK(has(refusal(folder, make_file("{\"" + long_name + R"(":{"dtype":"U8","shape":[],"data_offsets":[0,1]}})", 1)),
            "513 bytes, expected at most 512"));
}

TEST_CASE("safetensors: header lengths that lie are refused without allocating") {
  const TemporaryFolder folder;
  for (const std::uint64_t length :
       {std::uint64_t{100'000'001}, ~std::uint64_t{0}, std::uint64_t{1} << 63, std::uint64_t{17}}) {
    std::string bytes = make_file("{}", 4);
    std::memcpy(bytes.data(), &length, 8);
    CHECK(has(refusal(folder, bytes), "a header of"));
  }
  const std::uint64_t zero = 0;
  std::string bytes = make_file("", 0);
  std::memcpy(bytes.data(), &zero, 8);
  CHECK(has(refusal(folder, bytes), "must start with {"));
}

TEST_CASE("safetensors: rank 0, size 0, other dtypes and trailing spaces are legal") {
  const TemporaryFolder folder;
  CHECK(refusal(folder, make_file("{}", 0)).empty());
  CHECK(refusal(folder, make_file("{}     ", 0)).empty());
  CHECK(refusal(folder, make_file(R"({"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})", 4)).empty());
  CHECK(refusal(folder, make_file(R"({"e":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]}})", 0)).empty());
  // Old BERT files carry position_ids as I64: there, and only refused when read as a tensor.
  put_bytes(folder / "ids", make_file(R"({"position_ids":{"dtype":"I64","shape":[1,2],"data_offsets":[0,16]}})", 16));
  const SafetensorsFile file(folder / "ids");
  CHECK(file.find("position_ids")->dtype == "I64");
  CHECK_THROWS_WITH_AS(file.read("position_ids"), doctest::Contains("has dtype I64, expected F32"), Error);
}

TEST_CASE("safetensors: doubles come as floats, rounded to the nearest") {
  const TemporaryFolder folder;
  const std::vector<double> values{0.1, -1e300, 1.0 + 1e-9};
  std::string bytes = make_file(R"({"a":{"dtype":"F64","shape":[3],"data_offsets":[0,24]}})", 24);
  std::memcpy(bytes.data() + bytes.size() - 24, values.data(), 24);
  put_bytes(folder / "a", bytes);
  const Tensor read = SafetensorsFile(folder / "a").read("a");
  CHECK(read.dtype() == DType::f32);
  CHECK(std::ranges::equal(read.values<float>(), std::vector<float>{0.1f, -INFINITY, 1.0f}));
}

TEST_CASE("safetensors: many tensors are read in time that grows with their number, not its square") {
  std::string header = "{";
  for (int i = 0; i < 50'000; ++i) {
    header += "\"t" + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)";
  }
  header.back() = '}';
  const TemporaryFolder folder;
  CHECK(refusal(folder, make_file(header, 0)).empty());
}

TEST_CASE("safetensors: a writer's mistakes are the caller's") {
  const TemporaryFolder folder;
  const Sample sample;
  std::vector<SafetensorsItem> items = sample.items();
  items.push_back(items.front());
  CHECK_THROWS_WITH_AS(write_safetensors(folder / "x", items), doctest::Contains("two tensors named"), Error);
  items.pop_back();
  items[0].bytes = items[0].bytes.subspan(1);
  CHECK_THROWS_WITH_AS(write_safetensors(folder / "x", items), doctest::Contains("23 were given"), Error);
  CHECK_FALSE(std::filesystem::exists(folder / "x"));
}

TEST_CASE("safetensors: missing files are bad input, unwritable folders the system's refusal") {
  const TemporaryFolder folder;
  put_bytes(folder / "file", "x");
  const auto kind_of = [](auto&& call) {
    try {
      call();
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::Usage;
  };
  CHECK(kind_of([&] { SafetensorsFile(folder / "none"); }) == ErrorKind::Input);
  CHECK(kind_of([&] { SafetensorsFile(folder.path().string()); }) == ErrorKind::Input);
  CHECK(kind_of([&] { write_safetensors(folder / "file/x", Sample().items()); }) == ErrorKind::Io);
  CHECK(kind_of([&] { write_safetensors(folder / "none/x", Sample().items()); }) == ErrorKind::Io);
}
