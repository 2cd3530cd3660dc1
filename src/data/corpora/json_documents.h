#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "data/corpora/document_reader.h"
#include "data/corpora/json_scanner.h"

namespace scoria {

/// JSON lines: each is an object, its text field a document.
class JsonDocuments : public DocumentReader {
 public:
  JsonDocuments(CorpusFile file, std::string text_field);
  const Document* next() override;

 private:
  bool find_text();
  bool next_member();
  void read_text();
  void finish_object();
  void pass_over_bad(const BadJson& bad);
  void pass_over(CorpusFinding finding, const std::string& why);
  void refuse_if_none_is_good(std::uint64_t lines) const;

  JsonScanner scanner_;
  std::string text_field_, key_;
  bool in_text_ = false;     ///< inside the text field's string
  bool has_member_ = false;  ///< a comma comes before the object's next one
  std::uint64_t good_ = 0, passed_over_ = 0;
  std::string first_reason_;  ///< "7: why", the first line that was passed over
  std::string member_names_;  ///< of the object in hand
};

/// Whether a file is JSON lines by its name: *.jsonl or *.ndjson, also with .zst behind it.
bool is_named_json_lines(std::filesystem::path path);

/// Whether the bytes start with {"...": as an object of JSON lines does, and hardly any text.
bool starts_as_json_object(std::string_view bytes);

}  // namespace scoria
