// Any bytes as a file of weights (safetensors, torch.save's two formats, the index of a TensorFlow checkpoint): refused
// with an Error of one line, or tensors that can be read.
#include "base/check.h"
#include "scoria/error.h"
#include "scoria/io/named_tensors.h"
#include "scoria/io/safetensors.h"
#include "support/recorded_files.h"
#include "support/temporary_folder.h"
#include "target.h"

using namespace scoria;

std::vector<std::string> seeds() {
  const TemporaryFolder folder;
  const Tensor weight(DType::f32, {2, 3}), half(DType::bf16, {5});
  const SafetensorsItem items[] = {{"a", weight.desc(), weight.bytes()}, {"b", half.desc(), half.bytes()}};
  write_safetensors((folder / "x").string(), items);
  return {file_bytes(folder / "x"),
          recorded::bytes(recorded::kTorchZip),
          recorded::bytes(recorded::kTorchLegacy),
          recorded::bytes(recorded::kTorchCheckpoint),
          recorded::bytes(recorded::kTorchLegacyCheckpoint),
          recorded::bytes(recorded::kBundleIndex)};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const TemporaryFolder folder;
  static const auto path = folder / "model.index", data = folder / "model.data-00000-of-00001";
  if (!std::filesystem::exists(data)) put_bytes(data, recorded::bytes(recorded::kBundleData));
  put_bytes(path, std::string(as_text(bytes, size)));
  try {
    const auto file = open_named_tensors(path);
    for (const StoredTensor& stored : file->list()) (void)file->read(stored.name);
  } catch (const Error& error) {
    SCORIA_CHECK(error.kind() == ErrorKind::Input, "bad bytes are bad input");
    SCORIA_CHECK(std::string_view(error.what()).find('\n') == std::string_view::npos, "one line");
  }
  return 0;
}
