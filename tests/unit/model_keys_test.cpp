#include "io/model_keys.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "scoria/error.h"
#include "scoria/log.h"

using namespace scoria;
using Json = nlohmann::json;

namespace {

/// What is logged while it lives.
struct LogLines {
  std::vector<std::string> lines;
  LogLines() {
    set_log_sink([this](LogLevel, std::string_view line) { lines.emplace_back(line); });
  }
  ~LogLines() { set_log_sink({}); }
};

std::string refusal(ModelFile file, const Json& fields) {
  try {
    check_model_keys(file, fields, "folder/file.json");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Input);
    return error.what();
  }
  return "";
}

/// A value that no key has.
const Json kOdd = {{"odd", {1, "value"}}};

}  // namespace

TEST_CASE("model keys: each key of a file stands in the table once, and a refused one says why") {
  std::set<std::pair<ModelFile, std::string_view>> seen;
  for (const ModelKey& key : model_keys()) {
    CAPTURE(key.key);
    CHECK(seen.emplace(key.file, key.key).second);
    CHECK((key.rule == KeyRule::Refused) == !key.advice.empty());
    if (!key.harmless.empty()) CHECK(Json::parse(key.harmless).is_array());
  }
  CHECK(seen.size() > 100);
}

TEST_CASE("model keys: every key does what its rule says") {
  for (const ModelKey& key : model_keys()) {
    CAPTURE(key.key);
    const std::string name(key.key);
    const LogLines log;
    CHECK(refusal(key.file, {{name, nullptr}}).empty());
    const std::string message = refusal(key.file, {{name, kOdd}});
    CHECK(log.lines.empty());
    if (key.rule != KeyRule::Refused) {
      CHECK(message.empty());
      continue;
    }
    CHECK(message.find("file.json: \"" + name + "\" is ") != std::string::npos);
    CHECK(message.find(key.advice) != std::string::npos);
    CHECK(message.find('\n') == std::string::npos);
    if (key.harmless.empty()) continue;
    for (const Json& harmless : Json::parse(key.harmless)) CHECK(refusal(key.file, {{name, harmless}}).empty());
  }
}

TEST_CASE("model keys: an unknown key is said once in a line") {
  const LogLines log;
  CHECK(refusal(ModelFile::Config, {{"a_key_of_tomorrow", 1}, {"vocab_size", 5}}).empty());
  CHECK(refusal(ModelFile::Config, {{"a_key_of_tomorrow", 2}}).empty());
  REQUIRE(log.lines.size() == 1);
  CHECK(log.lines[0].find("file.json: \"a_key_of_tomorrow\" is not known here and was passed over") !=
        std::string::npos);
}
