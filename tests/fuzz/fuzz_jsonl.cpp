// Any bytes as JSON lines, or as the rest of an array, read in blocks of a size that the first byte says: a line, or an
// entry, is a document exactly where nlohmann's parser finds an object with a string "text", and of the same text; and
// an array is refused where that parser refuses it.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "corpus_bytes.h"
#include "data/corpora/json_documents.h"
#include "scoria/error.h"
#include "target.h"

using namespace scoria;

namespace {

using Json = nlohmann::json;

/// Keeps the first string called "text" of each object whose members are `level` deep.
struct TextFinder : nlohmann::json_sax<Json> {
  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t) override { return value(); }
  bool number_unsigned(number_unsigned_t) override { return value(); }
  bool number_float(number_float_t, const string_t&) override { return value(); }
  bool binary(binary_t&) override { return value(); }
  bool string(string_t& found) override {
    if (depth == level && is_text && !text) text = found;
    return value();
  }
  bool start_object(std::size_t) override {
    is_object |= depth == 0;
    if (depth == level - 1) {
      in_object = true;
      text.reset();
    }
    return open();
  }
  bool start_array(std::size_t) override { return open(); }
  bool key(string_t& name) override {
    is_text = depth == level && in_object && name == "text";
    return true;
  }
  bool end_object() override {
    close();
    if (depth == level - 1) {
      texts.push_back(text.value_or(""));
      in_object = false;
    }
    return true;
  }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const Json::exception& error) override {
    constexpr int kNumberOverflow = 406;
    is_beyond |= error.id == kNumberOverflow;
    return false;
  }
  bool value() {
    is_text = false;
    return true;
  }
  bool open() {
    deepest = std::max(deepest, ++depth);
    return value();
  }
  bool close() {
    --depth;
    return value();
  }

  int level = 1;
  std::optional<std::string> text;
  std::vector<std::string> texts;
  bool in_object = false, is_object = false, is_text = false, is_beyond = false;
  int depth = 0, deepest = 0;
};

/// Whether the two parsers are meant to differ: nlohmann takes NUL for the end, drops a byte-order mark anywhere,
/// refuses half a surrogate pair and numbers beyond double, and nests without limit.
bool may_differ(const std::string& line, const TextFinder& found) {
  return line.find('\0') != line.npos || line.starts_with("\xEF\xBB\xBF") || line.find("\\ud") != line.npos ||
         line.find("\\uD") != line.npos || found.is_beyond || found.deepest > 1000;
}

std::string document_of(const std::string& text) {
  std::string document;
  each_line(text, [&](std::string_view raw) {
    const std::string clean = clean_line(raw);
    if (!clean.empty()) document += (document.empty() ? "" : "\n") + clean;
  });
  return document;
}

std::string mended(std::string_view raw) {
  std::string text;
  for (std::size_t at = 0; at < raw.size();) {
    const CodePoint c = code_point_at(raw, at);
    append_code_point(c.value, text);
    at += c.byte_count;
  }
  return text;
}

void check_line(std::string_view raw, const std::string* got) {
  const std::string line = mended(raw);
  TextFinder found;
  const bool valid = Json::sax_parse(line, &found) && found.is_object;
  if (may_differ(line, found)) return;
  const std::string expected = valid && found.text ? document_of(*found.text) : "";
  SCORIA_CHECK((got ? *got : "") == expected, "the text is what nlohmann's parser finds");
}

void check_array(const std::string& array, std::size_t block_bytes) {
  std::vector<std::string> documents;
  bool is_refused = false;
  CorpusReport report;
  JsonDocuments reader({"fuzz.json", in_memory(array, block_bytes), report}, "text", JsonLayout::Array);
  try {
    while (const Document* document = reader.next()) documents.emplace_back(document->text);
  } catch (const Error& error) {
    SCORIA_CHECK(error.kind() == ErrorKind::Input, "the file is at fault");
    is_refused = true;
  }
  TextFinder found;
  found.level = 2;
  const bool valid = Json::sax_parse(mended(array), &found);
  if (may_differ(array, found)) return;
  SCORIA_CHECK(valid != is_refused, "an array is refused where nlohmann's parser refuses it");
  if (!valid) return;
  std::vector<std::string> expected;
  for (const std::string& text : found.texts)
    if (const std::string document = document_of(text); !document.empty()) expected.push_back(document);
  SCORIA_CHECK(documents == expected, "the texts are what nlohmann's parser finds");
}

}  // namespace

std::vector<std::string> seeds() {
  return {"\x07{\"text\": \"One.\\n\\nTwo \\u00e9\\ud83d\\ude00\"}\r\n{\"id\": -1.5e+3, \"text\" :\"b\"}\n",
          "\x01{\"text\":\"a\",\"tags\":[],\"meta\":{\"text\":\"no\",\"x\":[1,{\"y\":null}],\"e\":{}},\"t\":true}",
          "\x40{\"text\": null, \"te\\u0078t\": \"b\", \"text\": \"c\"}\n\n \t\nplain\n{\"text\": \"\\ud800\"}",
          "\x87{\"text\": \"One\\nTwo\",\n \"m\": [1, {\"text\": 2}]},\n\n{\"a\": 1}, 7, [{\"text\": \"no\"}], null]",
          "\x81{\"text\": \"a\"} , {\"text\": \"b\"}\n]\n",
          "\x03{\"text\": \"\xFF\xE4\xB8\xAD\", \"n\": [0, -0.0, 1e5, false]}"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t block_bytes = 1 + std::size_t{bytes[0] & 0x7Fu};
  if (bytes[0] >= 0x80) {
    check_array("[{\"text\": \"first\"},\n" + std::string(as_text(bytes, size).substr(1)), block_bytes);
    return 0;
  }
  // With a good line first, the file is one that is read to its end.
  const std::string text = "{\"text\": \"first\"}\n" + std::string(as_text(bytes, size).substr(1));
  CorpusReport report;
  JsonDocuments reader({"fuzz.jsonl", in_memory(text, block_bytes), report}, "text", JsonLayout::Lines);
  const std::map<std::uint64_t, std::string> documents = all_documents(reader);
  std::uint64_t line = 0;
  each_line(text, [&](std::string_view raw) {
    const auto at = documents.find(++line);
    check_line(raw, at == documents.end() ? nullptr : &at->second);
  });
  SCORIA_CHECK(documents.empty() || documents.rbegin()->first <= line, "a document lies in the file");
  return 0;
}
