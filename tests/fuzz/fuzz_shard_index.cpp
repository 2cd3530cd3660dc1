// Any bytes as model.safetensors.index.json: refused with an Error of one line, or the two tensors that are beside it;
// never a file outside of the folder.
#include "base/check.h"
#include "scoria/error.h"
#include "scoria/io/named_tensors.h"
#include "scoria/io/safetensors.h"
#include "support/temporary_folder.h"
#include "target.h"

using namespace scoria;

std::vector<std::string> seeds() {
  return {R"({"metadata": {"total_size": 8}, "weight_map": {"a": "1", "b": "2"}})", R"({"weight_map": {"a": "../1"}})",
          R"({"weight_map": {"a": "/etc/passwd"}})", R"({"weight_map": {}})"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const TemporaryFolder folder;
  static const auto inner = folder / "model", index = inner / "model.safetensors.index.json";
  if (std::filesystem::create_directory(inner)) {
    const Tensor tensor(DType::f32, {1});
    for (const auto& [path, name] : {std::pair{inner / "1", "a"}, {inner / "2", "b"}, {folder / "1", "outside"}}) {
      const SafetensorsItem item{name, tensor.desc(), tensor.bytes()};
      write_safetensors(path.string(), {&item, 1});
    }
  }
  put_bytes(index, std::string(as_text(bytes, size)));
  try {
    const auto tensors = open_named_tensors(index);
    for (const StoredTensor& stored : tensors->list()) {
      SCORIA_CHECK(stored.name != "outside", "an index stays in its folder");
      (void)tensors->read(stored.name);
    }
  } catch (const Error& error) {
    SCORIA_CHECK(error.kind() == ErrorKind::Input, "bad bytes are bad input");
    SCORIA_CHECK(std::string_view(error.what()).find('\n') == std::string_view::npos, "one line");
  }
  return 0;
}
