#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "data/examples/python_random.h"
#include "scoria/data/pretraining.h"

namespace scoria {

/// google-research/bert's create_pretraining_data.py over a token store, draw for draw: its document order, its pairs
/// with ten tries for another document, its truncation, its masks.
///
/// Memory: 4 bytes a document for their order.
class GoogleExamples {
 public:
  /// Shuffles the documents. All must outlive it.
  GoogleExamples(const TokenStore& store, const Tokenizer& tokenizer, const ExampleOptions& options,
                 PythonRandom& random);

  /// All examples of one pass over the documents, in the order Google makes them.
  void make(const std::function<void(const PretrainingExample&)>& take);

 private:
  using Tokens = std::vector<std::int32_t>;
  struct Document {
    TokenBlock block;
    std::uint32_t first_sentence, sentence_count;
  };

  Document document(std::uint32_t place) const;
  void make_of_document(std::uint32_t place, const std::function<void(const PretrainingExample&)>& take);
  void append(const Document& document, std::uint32_t sentence, Tokens& tokens) const;
  void append_random(std::uint32_t not_place, std::int64_t wanted, Tokens& tokens);
  void truncate(Tokens& a, Tokens& b);
  void assemble(const Tokens& a, const Tokens& b, bool is_random, PretrainingExample& example) const;
  void mask(PretrainingExample& example);
  std::int32_t masked_id(std::int32_t id);

  const TokenStore& store_;
  std::int32_t cls_, sep_, mask_, vocabulary_size_;
  const ExampleOptions& options_;
  PythonRandom& random_;
  std::vector<bool> continues_;
  std::vector<std::uint32_t> order_;
};

}  // namespace scoria
