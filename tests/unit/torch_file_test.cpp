#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "io/pickle.h"
#include "scoria/error.h"
#include "scoria/io/named_tensors.h"
#include "support/hostile_files.h"
#include "support/recorded_files.h"
#include "support/temporary_folder.h"

using namespace scoria;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::vector<float> floats(const NamedTensors& file, const char* name) {
  const Tensor tensor = file.read(name);
  const auto values = tensor.values<float>();
  return {values.begin(), values.end()};
}

/// The message with which a pickle is refused.
std::string pickle_refusal(const std::string& program) {
  const std::vector<std::string_view> globals{"collections OrderedDict", "torch FloatStorage"};
  try {
    ByteReader reader(program, "x.bin");
    const Pickle pickle(reader, globals);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Input);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("torch files: PyTorch's own are read, zip and legacy, strided and shared tensors too") {
  const TemporaryFolder folder;
  for (const std::string_view recorded : {recorded::kTorchZip, recorded::kTorchLegacy}) {
    put_bytes(folder / "pytorch_model.bin", recorded::bytes(recorded));
    const auto file = open_named_tensors(folder.path());
    CHECK(file->list().size() == 5);
    CHECK(floats(*file, "a.weight") == std::vector<float>{0, 1, 2, 3, 4, 5});
    CHECK(file->read("a.turned").shape() == Shape{3, 2});
    CHECK(floats(*file, "a.turned") == std::vector<float>{10, 13, 11, 14, 12, 15});
    CHECK(floats(*file, "part") == std::vector<float>{3, 4, 5});
    CHECK(file->read("half").values<std::uint16_t>()[1] == 0xC000);
    CHECK_THROWS_WITH_AS(file->read("ids"), doctest::Contains("\"ids\" has dtype I64, expected F32"), Error);
    CHECK_THROWS_WITH_AS(file->read("b"), doctest::Contains("there is no tensor \"b\""), Error);
  }
}

TEST_CASE("torch files: the tensors of a training program's checkpoint, without its optimizer's") {
  const TemporaryFolder folder;
  for (const std::string_view recorded : {recorded::kTorchCheckpoint, recorded::kTorchLegacyCheckpoint}) {
    const std::string whole = recorded::bytes(recorded);
    put_bytes(folder / "pytorch_model.bin", whole);
    const auto file = open_named_tensors(folder.path());
    REQUIRE(file->list().size() == 1);
    CHECK(floats(*file, "module.a") == std::vector<float>{0, 1, 2});
    CHECK(count_refused_truncations(folder / "cut.bin", whole) == static_cast<int>(whole.size()));
    put_bytes(folder / "x.bin", replaced(whole, "model_state_dict", "somebody's_dict!"));
    CHECK(has(weights_refusal(folder / "x.bin"), "no tensors in the dictionary of \"epoch\", \"somebody's_dict!\", "));
  }
}

TEST_CASE("torch files: cut short anywhere they are refused") {
  const TemporaryFolder folder;
  for (const std::string_view recorded : {recorded::kTorchZip, recorded::kTorchLegacy}) {
    const std::string whole = recorded::bytes(recorded);
    CHECK(count_refused_truncations(folder / "cut.bin", whole) == static_cast<int>(whole.size()));
  }
}

TEST_CASE("torch files: every bit of their headers flipped in turn is refused or read as a valid file") {
  const TemporaryFolder folder;
  const std::string zip = recorded::bytes(recorded::kTorchZip), legacy = recorded::bytes(recorded::kTorchLegacy);
  // What passes is a name, a number of the memo, or a field that says nothing here, such as a date or a checksum.
  const std::size_t pickle_end = zip.find("PK\7\10"), directory = zip.find("PK\1\2");
  CHECK(count_refused_flips(folder / "flip.bin", zip, 0, pickle_end) > 2000);
  CHECK(count_refused_flips(folder / "flip.bin", zip, directory, zip.size()) > 1000);
  CHECK(count_refused_flips(folder / "flip.bin", legacy, 0, legacy.size()) > 2000);
}

TEST_CASE("torch files: what a storage does not hold is refused before anything is allocated") {
  const TemporaryFolder folder;
  const std::string whole = recorded::bytes(recorded::kTorchZip);
  const auto refusal = [&](const std::string& from, const std::string& to) {
    put_bytes(folder / "x.bin", replaced(whole, from, to));
    return weights_refusal(folder / "x.bin");
  };
  // The pickle of a.weight: offset 0, sizes (2, 3), strides (3, 1), in a storage of 6 elements.
  const std::string sizes = "K\2K\3\x86", strides = "K\3K\1\x86";
  CHECK(has(refusal(sizes, "K\2K\4\x86"), "\"a.weight\" has more elements than its storage"));
  CHECK(has(refusal(sizes, "K\3K\2\x86"), "\"a.weight\" reaches beyond its storage"));
  CHECK(has(refusal(strides, "K\4K\1\x86"), "\"a.weight\" reaches beyond its storage"));
  CHECK(refusal(strides, "K\1K\1\x86").empty());  // rows that overlap are within it
  CHECK(has(refusal("FloatStorage", "LongsStorage"), "the global \"torch LongsStorage\", which is not allowed"));
  CHECK(has(refusal("_rebuild_tensor_v2", "_rebuild_tensor_v9"), "torch._utils _rebuild_tensor_v9\", which is not"));
  std::string renamed = whole;
  renamed[whole.rfind("new/data/3") + 9] = '9';  // in the directory
  put_bytes(folder / "x.bin", renamed);
  CHECK(has(weights_refusal(folder / "x.bin"), "the storage \"3\" of \"ids\" is missing or too short"));
  CHECK(has(refusal("little", "bigger"), "not little-endian"));
}

TEST_CASE("pickles: every opcode and global beyond tensors and dictionaries is refused by name") {
  struct Case {
    std::string program;
    const char* message;
  };
  const Case cases[] = {
      {"\x80\x02"
       "cos\nsystem\nX\x04\0\0\0ls /\x85R.",
       "the global \"os system\", which is not allowed"},
      {"\x80\x02"
       "c__builtin__\neval\n.",
       "the global \"__builtin__ eval\""},
      {"\x80\x04\x8c\x05posix\x8c\x06system\x93.", "the global \"posix system\""},
      {"(ios\nsystem\n.", "opcode INST (0x69)"},
      {"(o.", "opcode OBJ (0x6f)"},
      {"\x80\x02"
       "cmy.models\nBert\n)\x81}b.",
       "the global \"my.models Bert\", which is not allowed: only tensors and dictionaries are read; if a whole model"},
      {"\x92.", "opcode NEWOBJ_EX (0x92)"},
      {"\x82\1.", "opcode EXT1 (0x82)"},
      {"P1\n.", "opcode PERSID (0x50)"},
      {"I1\n.", "opcode INT (0x49)"},
      {"N2.", "opcode DUP (0x32)"},
      {"N0.", "opcode POP (0x30)"},
      {"\x91.", "opcode FROZENSET (0x91)"},
      {"\xff.", "opcode of no name (0xff)"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.message);
    CHECK(has(pickle_refusal(c.program), c.message));
  }
  int allowed = 0;
  for (int opcode = 0; opcode < 256; ++opcode) {
    const std::string message = pickle_refusal(std::string(1, static_cast<char>(opcode)));
    CHECK_FALSE(message.empty());
    if (!has(message, "is not allowed")) ++allowed;
  }
  CHECK(allowed == 40);
}

TEST_CASE("pickles: programs that make no sense are refused, and cost no more than their length") {
  const std::string dict = "}", zero(3, '\0');
  CHECK(has(pickle_refusal("."), "takes from an empty stack"));
  CHECK(has(pickle_refusal("t."), "a mark that is not there"));
  CHECK(has(pickle_refusal("}Ns."), "takes from an empty stack"));
  CHECK(has(pickle_refusal("](NNNu."), "SETITEMS fits nothing"));
  CHECK(has(pickle_refusal("}(NNNu."), "SETITEMS fits nothing"));
  CHECK(has(pickle_refusal("h\5."), "recalls what it has not made"));
  CHECK(has(pickle_refusal("NN\x85R."), "calls what is not a global"));
  CHECK(has(pickle_refusal("NNb."), "changes what is not a dictionary"));
  CHECK(has(pickle_refusal("X\xff\xff\xff\xff"
                           "a"),
            "4294967295 bytes expected, 1 are left at byte 5"));
  CHECK(has(pickle_refusal("\x8a\x09\1\1\1\1\1\1\1\1\1."), "an integer of 9 bytes"));
  CHECK(has(pickle_refusal("\x80\x09."), "protocol 9"));
  CHECK(pickle_refusal("]q" + zero.substr(0, 1) + "h" + zero.substr(0, 1) + "a.").empty());  // contains itself
  CHECK(pickle_refusal(std::string(500'000, ')') + ".").empty());
  CHECK(has(pickle_refusal(std::string(1'000'001, 'N')), "more than 1000000 values"));
  std::string nested = ")";
  for (int i = 0; i < 300'000; ++i) nested += "\x85";
  CHECK(pickle_refusal(nested + ".").empty());  // no recursion: the stack does not overflow
  std::string laughs = "]";                     // each level holds the one before ten times
  for (int level = 0; level < 60; ++level)
    laughs +=
        "q\1]("
        "h\1h\1h\1h\1h\1h\1h\1h\1h\1h\1"
        "e";
  CHECK(pickle_refusal(laughs + ".").empty());
}
