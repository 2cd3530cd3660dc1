#include <doctest/doctest.h>

#include <sys/stat.h>

#include <string>
#include <vector>

#include "scoria/error.h"
#include "scoria/io/named_tensors.h"
#include "scoria/io/safetensors.h"
#include "support/hostile_files.h"
#include "support/recorded_files.h"
#include "support/temporary_folder.h"

using namespace scoria;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void write_one(const std::filesystem::path& path, const std::string& name, float value) {
  const Tensor tensor = Tensor::from({1}, std::vector<float>{value});
  const SafetensorsItem item{name, tensor.desc(), tensor.bytes()};
  write_safetensors(path.string(), {&item, 1});
}

/// Two shards with a tensor each.
struct Sharded {
  TemporaryFolder folder;
  std::filesystem::path index = folder / "model.safetensors.index.json";

  Sharded() {
    write_one(folder / "model-1.safetensors", "a", 1);
    write_one(folder / "model-2.safetensors", "b", 2);
  }
  std::string refusal(const std::string& weight_map) {
    put_bytes(index, R"({"metadata": {"total_size": 8}, "weight_map": )" + weight_map + "}");
    return weights_refusal(index);
  }
};

}  // namespace

TEST_CASE("weights: a folder's files are tried in order, a file is known by its contents") {
  const TemporaryFolder folder;
  CHECK(has(weights_refusal(folder.path()), "holds no weights: none of model.safetensors, "));
  put_bytes(folder / "pytorch_model.bin", recorded::bytes(recorded::kTorchZip));
  CHECK(open_named_tensors(folder.path())->list().size() == 5);
  write_one(folder / "model.safetensors", "a", 1);
  CHECK(open_named_tensors(folder.path())->list().size() == 1);
  put_bytes(folder / "odd.name", recorded::bytes(recorded::kTorchLegacy));
  CHECK(open_named_tensors(folder / "odd.name")->list().size() == 5);
  CHECK(has(weights_refusal(folder / "absent"), "No such file"));
  REQUIRE(::mkfifo((folder / "pipe.bin").c_str(), 0600) == 0);
  CHECK(has(weights_refusal(folder / "pipe.bin"), "is no regular file"));
}

TEST_CASE("weights: what stands in their place is told, and what to do") {
  const TemporaryFolder folder;
  struct Case {
    const char *bytes, *words;
  };
  const Case cases[] = {
      {"version https://git-lfs.github.com/spec/v1\noid sha256:01\nsize 9\n",
       "is a Git LFS pointer, not the file itself; run"},
      {"\n <!DOCTYPE HTML><html>", "is a web page; the download went wrong"},
      {"<html lang=en>", "is a web page"},
      {"{\"error\": \"Entry not found\"}", "is JSON text, not weights"},
      {"\x89HDF\r\n\x1a\n", "is HDF5, as TensorFlow and Keras write weights; load it there"},
      {"GGUF\3", "is GGUF"},
      {"\x1f\x8b\x08", "is compressed by gzip; unpack it"},
      {"", "the file is empty; fetch it again"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.words);
    for (const char* name : {"model.safetensors", "pytorch_model.bin", "weights"}) {
      put_bytes(folder / name, c.bytes);
      CHECK(has(weights_refusal(folder / name), c.words));
    }
  }
}

TEST_CASE("weights: a folder that has those of another program, or a part, says which") {
  struct Case {
    const char *name, *words;
  };
  const Case cases[] = {
      {"tf_model.h5", "tf_model.h5 is weights of TensorFlow; load it there"},
      {"flax_model.msgpack", "flax_model.msgpack is weights of Flax"},
      {"model.onnx", "model.onnx is a graph of ONNX"},
      {"adapter_model.safetensors", "adapter_model.safetensors is an adapter of another model; merge it"},
      {"model-00001-of-00002.safetensors", "is one of several parts; their index, NAME.index.json, is missing"},
      {"epoch=3.ckpt", "epoch=3.ckpt is a checkpoint of Lightning or TensorFlow; give the file itself"},
      {"notes.txt", "give the folder of a model"},
  };
  for (const Case& c : cases) {
    const TemporaryFolder folder;
    put_bytes(folder / c.name, "x");
    CAPTURE(c.name);
    CHECK(has(weights_refusal(folder.path()), c.words));
  }
}

TEST_CASE("shards: tensors of several files under one index") {
  Sharded sharded;
  REQUIRE(sharded.refusal(R"({"a": "model-1.safetensors", "b": "model-2.safetensors"})").empty());
  const auto tensors = open_named_tensors(sharded.folder.path());
  CHECK(tensors->list().size() == 2);
  CHECK(tensors->read("b").item() == 2.0);
  CHECK_THROWS_WITH_AS(tensors->read("c"), doctest::Contains("there is no tensor \"c\""), Error);
}

TEST_CASE("shards: an index that leads out of its folder is refused") {
  Sharded sharded;
  write_one(sharded.folder / "outside", "a", 1);
  for (const char* name : {"../outside", "/etc/passwd", "x/../model-1.safetensors", "./model-1.safetensors", "..", ".",
                           "", "model-1.safetensors\\u0000.png"}) {
    CAPTURE(name);
    CHECK(has(sharded.refusal(R"({"a": ")" + std::string(name) + "\"}"), "expected a plain file name beside it"));
  }
}

TEST_CASE("shards: an index and files that do not agree are refused") {
  Sharded sharded;
  CHECK(has(sharded.refusal(R"({"c": "model-1.safetensors"})"), "\"c\" is not in \"model-1.safetensors\""));
  CHECK(has(sharded.refusal(R"({"a": "model-2.safetensors", "b": "model-1.safetensors"})"), "\"a\" is not in"));
  CHECK(has(sharded.refusal(R"({"a": "model-3.safetensors"})"), "model-3.safetensors: No such file"));
  CHECK(has(sharded.refusal(R"({"a": 1})"), "\"a\" must be a string, got 1"));
  CHECK(has(sharded.refusal("[]"), "\"weight_map\" must map tensors to files"));
  put_bytes(sharded.index, "{}");
  CHECK(has(weights_refusal(sharded.index), "\"weight_map\" must be present"));
  write_one(sharded.folder / "model-2.safetensors", "a", 2);
  CHECK(has(sharded.refusal(R"({"a": "model-1.safetensors", "b": "model-2.safetensors"})"),
            "\"a\" is in two of its files"));
}

TEST_CASE("shards: an index cut short anywhere is refused, and with any bit flipped refused or valid") {
  Sharded sharded;
  const std::string whole = R"({"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}})";
  CHECK(count_refused_truncations(sharded.index, whole) == static_cast<int>(whole.size()));
  CHECK(count_refused_flips(sharded.index, whole, 0, whole.size()) > static_cast<int>(whole.size()) * 7);
}
