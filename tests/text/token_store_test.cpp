#include "scoria/data/token_store.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "error_message.h"
#include "support/temporary_folder.h"

using namespace scoria;

namespace {

Tokenizer letters() {
  std::vector<std::string> tokens = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "##."};
  for (char c = 'a'; c <= 'z'; ++c) tokens.push_back(std::string(1, c));
  return Tokenizer(tokens);
}

/// The number-th sentence of a document.
std::vector<std::int32_t> sentence(const TokenStore& store, std::uint64_t document, std::uint32_t number) {
  const std::size_t at = store.block_of(document);
  const TokenBlock block = store.block(at);
  const std::uint32_t s =
      block.first_sentence(static_cast<std::uint32_t>(document - store.first_document(at))) + number;
  std::vector<std::int32_t> out;
  for (std::uint32_t t = block.first_token(s); t < block.first_token(s + 1); ++t) out.push_back(block.token(t));
  return out;
}

TokenStore store_of(const std::string& text, TokenizeOptions options = {}) {
  const TemporaryFolder folder;
  put_bytes(folder / "a.txt", text);
  return tokenize_corpus(Corpus({folder / "a.txt"}), letters(), options);
}

TokenStore documents_of_sentences(const std::vector<std::uint32_t>& sentence_counts) {
  TokenStore store(100);
  for (const std::uint32_t count : sentence_counts)
    store.add_document(std::vector<std::int32_t>(count, 7), std::vector<std::uint32_t>(count, 1));
  return store;
}

}  // namespace

TEST_CASE("documents of sentences of tokens") {
  const TokenStore store = store_of("a b. C d e.\nf\n\n\xE2\x80\x8B\n\ng");
  CHECK(store.document_count() == 2);  // the middle one holds nothing but a character that is dropped
  CHECK(store.sentence_count() == 4);
  CHECK(store.token_count() == 9);
  CHECK(store.block_count() == 1);
  CHECK(store.block(0).document_count() == 2);
  CHECK(store.block(0).sentences_in(0) == 3);
  CHECK(sentence(store, 0, 1) == std::vector<std::int32_t>{9, 10, 11, 5});
  CHECK(sentence(store, 1, 0) == std::vector<std::int32_t>{13});
}

TEST_CASE("a sentence over the limit is stored as several") {
  const TokenStore store = store_of("a b c d e f g", {.max_sentence_tokens = 3});
  CHECK(store.sentence_count() == 3);
  CHECK(sentence(store, 0, 1) == std::vector<std::int32_t>{10, 11, 12});
  CHECK(sentence(store, 0, 2) == std::vector<std::int32_t>{13});
}

TEST_CASE("wide ids, and ids that are none") {
  TokenStore store(70000);
  store.add_document(std::vector<std::int32_t>{65535, 65536, 69999}, std::vector<std::uint32_t>{1, 0, 2});
  CHECK(sentence(store, 0, 1) == std::vector<std::int32_t>{65536, 69999});
  CHECK(has(error_message(ErrorKind::Usage,
                          [&] { store.add_document(std::vector<std::int32_t>{70000}, std::vector<std::uint32_t>{1}); }),
            "id 70000 is outside"));
  CHECK(has(error_message(ErrorKind::Usage, [&] { store.append(TokenStore(5)); }), "70000 and 5"));
}

TEST_CASE("the same store for any number of threads") {
  std::string text;
  for (int document = 0; document < 3000; ++document) {
    for (int s = 0; s < 1 + document % 7; ++s) {
      for (int w = 0; w < 150; ++w)
        text += std::string(1, static_cast<char>('a' + (document * 7 + s * 3 + w) % 26)) + " ";
      text += "z.\n";
    }
    text += "\n";
  }
  const TokenStore one = store_of(text, {.thread_count = 1});
  CHECK(one.document_count() == 3000);
  for (const int threads : {2, 3, 8})
    CHECK(store_of(text, {.thread_count = threads}).fingerprint() == one.fingerprint());
  CHECK(store_of(text + "\na", {.thread_count = 2}).fingerprint() != one.fingerprint());
}

TEST_CASE("a corpus without one token") {
  CHECK(has(error_message(ErrorKind::Input, [] { store_of("\xE2\x80\x8B"); }), "no words in it"));
}

TEST_CASE("held-out documents: apart, repeatable, about the fraction asked for") {
  std::vector<std::uint32_t> counts(200, 3);
  for (std::size_t i = 0; i < counts.size(); i += 4) counts[i] = 1;
  const TokenStore store = documents_of_sentences(counts);
  const HeldOut held = hold_out(store, 0.1, 5);
  CHECK(held.evaluation.rule == DocumentChoice::Rule::Only);
  CHECK(held.training.rule == DocumentChoice::Rule::AllBut);
  CHECK(held.training.listed == held.evaluation.listed);
  CHECK(held.evaluation.listed.size() == 20);
  CHECK(std::set<std::uint32_t>(held.evaluation.listed.begin(), held.evaluation.listed.end()).size() == 20);
  CHECK(std::is_sorted(held.evaluation.listed.begin(), held.evaluation.listed.end()));
  for (const std::uint32_t document : held.evaluation.listed) CHECK(counts[document] >= 2);
  CHECK(hold_out(store, 0.1, 5).evaluation.listed == held.evaluation.listed);
  CHECK(hold_out(store, 0.1, 6).evaluation.listed != held.evaluation.listed);
  CHECK(hold_out(store, 0, 5).evaluation.listed.empty());
}

TEST_CASE("a corpus too small to hold out from is left whole") {
  for (const auto& counts : {std::vector<std::uint32_t>{5, 5}, {5, 5, 5}, {1, 1, 1, 1, 1}, {5, 5, 1, 1}, {}})
    CHECK(hold_out(documents_of_sentences(counts), 0.5, 1).evaluation.listed.empty());
  CHECK(hold_out(documents_of_sentences({5, 5, 5, 1}), 0.01, 1).evaluation.listed.size() == 2);
}
