#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include "io/json.h"
#include "io/model_keys.h"
#include "scoria/error.h"

namespace scoria {

[[noreturn]] inline void refuse(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::Input, fmt::format("{}: {}", where, what));
}

/// The object of a file of sentence-transformers, its keys checked against the table, and what is read of it by key.
/// A key that is null counts as one that is not there. Throws Error (Input), one line: file, key, what was expected.
class CheckedFields {
 public:
  CheckedFields(ModelFile file, const std::filesystem::path& path) : CheckedFields(file, read_json(path), path) {}
  CheckedFields(ModelFile file, nlohmann::json fields, const std::filesystem::path& path)
      : fields_(std::move(fields)), where_(path.string()) {
    if (!fields_.is_object()) refuse(where_, "expected an object of keys");
    check_model_keys(file, fields_, path);
  }

  const std::string& where() const { return where_; }
  const nlohmann::json& all() const { return fields_; }
  bool empty() const { return fields_.empty(); }
  bool has(const char* key) const { return fields_.contains(key) && !fields_[key].is_null(); }
  std::int64_t integer(const char* key, std::int64_t low, std::int64_t high) const {
    return json_integer(fields_, key, where_, low, high);
  }
  std::string text(const char* key, const char* otherwise) const {
    return has(key) ? json_string(fields_, key, where_) : otherwise;
  }
  bool flag(const char* key, bool otherwise) const {
    if (!has(key)) return otherwise;
    if (!fields_[key].is_boolean()) refuse(where_, fmt::format("\"{}\" must be true or false", key));
    return fields_[key].get<bool>();
  }
  void expect(const char* key, const char* only, const char* advice) const {
    const std::string value = text(key, only);
    if (value != only)
      refuse(where_, fmt::format("\"{}\" is {}, expected \"{}\": {}", key, nlohmann::json(value).dump(), only, advice));
  }

 private:
  nlohmann::json fields_;
  std::string where_;
};

}  // namespace scoria
