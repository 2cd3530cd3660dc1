#include "io/misplaced_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "scoria/error.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;

struct Signature {
  std::string_view begin;
  std::string_view what, advice;
};

constexpr std::string_view kConvert = "load it there and save it again with transformers' save_pretrained()";
constexpr std::string_view kMerge = "merge it with PEFT's merge_and_unload() and save that";
constexpr std::string_view kUnpack = "unpack it and give what is in it";
constexpr std::string_view kFetch = "the download went wrong, fetch the file itself";

// Of text the case does not count.
constexpr std::array<Signature, 11> kSignatures{
    {{"version https://git-lfs.", "a Git LFS pointer, not the file itself", "run \"git lfs pull\" in its folder"},
     {"<!doctype html", "a web page", kFetch},
     {"<html", "a web page", kFetch},
     {"<?xml", "XML", kFetch},
     {"\x89HDF\r\n\x1a\n", "HDF5, as TensorFlow and Keras write weights", kConvert},
     {"GGUF", "GGUF, the weights of llama.cpp", "take the model that they were made from"},
     {"\x1f\x8b", "compressed by gzip", kUnpack},
     {"\xfd"
      "7zXZ",
      "compressed by xz", kUnpack},
     {"BZh", "compressed by bzip2", kUnpack},
     {"\x28\xb5\x2f\xfd", "compressed by zstd", kUnpack},
     {"%PDF-", "a PDF", kFetch}}};

struct OtherWeights {
  std::string_view name;  // of a file, or its end; with a "-" before it a part of it
  std::string_view what, advice;
};

constexpr std::array<OtherWeights, 10> kOtherWeights{
    {{"-00001-of-", "one of several parts", "their index, NAME.index.json, is missing: fetch it too"},
     {"tf_model.h5", "weights of TensorFlow", kConvert},
     {"flax_model.msgpack", "weights of Flax", kConvert},
     {"adapter_model.safetensors", "an adapter of another model", kMerge},
     {"adapter_model.bin", "an adapter of another model", kMerge},
     {".onnx", "a graph of ONNX", "take the model that it was exported from"},
     {".gguf", "GGUF, the weights of llama.cpp", "take the model that they were made from"},
     {".ot", "weights of rust-bert", "take the model that they were made from"},
     {".ckpt", "a checkpoint of Lightning or TensorFlow", "give the file itself instead of its folder"},
     {".pt", "weights of PyTorch under another name", "give the file itself instead of its folder"}}};

bool begins_with(std::string_view bytes, std::string_view begin) {
  return bytes.size() >= begin.size() && std::equal(begin.begin(), begin.end(), bytes.begin(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
         });
}

}  // namespace

void refuse_misplaced(std::string_view first_bytes, const fs::path& path) {
  if (first_bytes.empty()) throw Error(ErrorKind::Input, path.string() + ": the file is empty; fetch it again");
  std::string_view text = first_bytes;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  for (const Signature& signature : kSignatures) {
    if (begins_with(text, signature.begin))
      throw Error(ErrorKind::Input, fmt::format("{} is {}; {}", path.string(), signature.what, signature.advice));
  }
}

std::string other_weights(const fs::path& folder) {
  std::error_code error;
  const OtherWeights* found = nullptr;
  std::string name;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string each = entry->path().filename().string();
    const auto* row = std::ranges::find_if(kOtherWeights, [&](const OtherWeights& other) {
      return other.name[0] == '-' ? each.find(other.name) != each.npos : each.ends_with(other.name);
    });
    if (row == kOtherWeights.end() || (found && found <= row)) continue;
    found = row;
    name = each;
  }
  return found ? fmt::format("{} is {}; {}", name, found->what, found->advice) : "";
}

}  // namespace scoria
