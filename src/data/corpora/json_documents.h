#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "data/corpora/document_reader.h"
#include "data/corpora/json_layout.h"
#include "data/corpora/json_scanner.h"

namespace scoria {

/// Objects of JSON, the text field of each a document. A line that is no JSON is passed over; where objects do not go
/// by lines, nothing behind the damage can be told apart, and it ends the reading.
class JsonDocuments : public DocumentReader {
 public:
  JsonDocuments(CorpusFile file, std::string text_field, JsonLayout layout);
  /// Throws Error (Input) besides, with the place, where an array or an object over lines is broken.
  const Document* next() override;

 private:
  bool start_object();
  bool start_element();
  void find_array();
  void end_file();
  bool find_text();
  bool next_member();
  void read_text();
  void finish_object();
  void pass_over_bad(const BadJson& bad);
  void pass_over(CorpusFinding finding, const std::string& why);
  void refuse_if_none_is_good(std::uint64_t lines) const;

  JsonLayout layout_;
  JsonScanner scanner_;
  std::string text_field_, key_;
  bool has_begun_ = false;   ///< the array's first element is behind us
  std::uint64_t line_ = 0;   ///< that the object in hand starts in
  bool in_text_ = false;     ///< inside the text field's string
  bool has_member_ = false;  ///< a comma comes before the object's next one
  std::uint64_t good_ = 0, passed_over_ = 0;
  std::string first_reason_;  ///< "7: why", the first line that was passed over
  std::string member_names_;  ///< of the object in hand
};

}  // namespace scoria
