#include "io/json.h"

#include <doctest/doctest.h>

#include <string>

#include "scoria/error.h"

using namespace scoria;

namespace {

std::string refusal(const std::string& text, const JsonLimits& limits = {}) {
  try {
    parse_json(text, "a.json", limits);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Input);
    return error.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("json: what is valid is read") {
  const auto value = parse_json(" {\"a\": [1, -2, 1.5, true, null], \"b\": {\"a\": \"\\u00e9\"}} \n", "x");
  CHECK(value["a"][1] == -2);
  CHECK(value["b"]["a"] == "é");
  CHECK(parse_json("{\"a\": {\"k\": 1}, \"b\": {\"k\": 2}}", "x")["b"]["k"] == 2);
}

TEST_CASE("json: what is not valid is refused with the place") {
  CHECK(has(refusal("{\"a\": 1,}"), "a.json: not valid JSON near byte 9"));
  CHECK(has(refusal(""), "near byte 0"));
  for (const char* text :
       {"{", "nul", "{\"a\": NaN}", "{'a': 1}", "// c\n1", "[1] x", "{\"a\": \"\xff\"}", "1e999", "\"\x01\""}) {
    CAPTURE(text);
    CHECK(has(refusal(text), "not valid JSON"));
  }
}

TEST_CASE("json: duplicate keys are refused, at any depth") {
  CHECK(has(refusal("{\"a\": 1, \"a\": 1}"), "duplicate key \"a\" in the JSON, near byte 12"));
  CHECK(has(refusal("[{\"x\": {\"k\": 1, \"\\u006b\": 2}}]"), "duplicate key \"k\""));
}

TEST_CASE("json: depth, size and count are capped") {
  CHECK(has(refusal(std::string(40, '[') + std::string(40, ']')), "nested deeper than 32"));
  CHECK(refusal(std::string(32, '[') + std::string(32, ']')).empty());
  // Deep enough to overflow a stack, were the parser recursive.
  CHECK(has(refusal(std::string(1'000'000, '[')), "nested deeper"));
  CHECK(has(refusal("[1,2,3,4]", {.max_bytes = 8}), "9 bytes of JSON, expected at most 8"));
  CHECK(has(refusal("[1,2,3,4]", {.max_values = 3}), "more than 3 values"));
}

TEST_CASE("json: members of the wrong kind name the key, what was expected and what was given") {
  const auto value = parse_json(R"({"n": 7, "s": "x", "big": 18446744073709551615, "f": 1.5})", "x");
  CHECK(json_integer(value, "n", "c.json", 0, 10) == 7);
  CHECK(json_string(value, "s", "c.json") == "x");
  const auto message = [&](const char* key) {
    try {
      json_integer(value, key, "c.json", 0, 5);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(has(message("n"), "c.json: \"n\" must be an integer in 0..5, got 7"));
  CHECK(has(message("big"), "got 18446744073709551615"));
  CHECK(has(message("f"), "got 1.5"));
  CHECK(has(message("none"), "got nothing"));
  CHECK_THROWS_AS(json_string(value, "n", "c.json"), Error);
}
