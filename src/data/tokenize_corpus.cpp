#include <fmt/core.h>

#include <map>
#include <mutex>

#include "base/block_workers.h"
#include "scoria/data/token_store.h"
#include "scoria/error.h"

namespace scoria {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

struct TextBlock {
  std::uint64_t number = 0;
  std::string text;
  std::vector<std::size_t> document_ends;
};

/// Takes the blocks' stores in any order and joins them in that of the text.
class OrderedStore {
 public:
  explicit OrderedStore(std::int32_t vocabulary_size) : store_(vocabulary_size) {}

  void add(std::uint64_t number, TokenStore part) {
    std::lock_guard lock(mutex_);
    waiting_.emplace(number, std::move(part));
    for (auto first = waiting_.begin(); first != waiting_.end() && first->first == next_;
         first = waiting_.erase(first), ++next_)
      store_.append(first->second);
  }
  TokenStore take() { return std::move(store_); }

 private:
  std::mutex mutex_;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, TokenStore> waiting_;
  TokenStore store_;
};

TokenStore tokenize_block(const TextBlock& block, const WordPiece& tokenizer, const TokenizeOptions& options) {
  TokenStore store(tokenizer.size());
  std::vector<std::string_view> sentences;
  std::vector<std::int32_t> ids;
  std::vector<std::uint32_t> lengths;
  std::size_t begin = 0;
  for (const std::size_t end : block.document_ends) {
    split_sentences(std::string_view(block.text).substr(begin, end - begin), options.lines, sentences);
    begin = end;
    ids.clear();
    lengths.clear();
    for (const std::string_view sentence : sentences) {
      const std::size_t before = ids.size();
      tokenizer.append_ids(sentence, ids);
      for (std::size_t left = ids.size() - before; left > 0;) {
        const auto part = std::min<std::size_t>(left, options.max_sentence_tokens);
        lengths.push_back(static_cast<std::uint32_t>(part));
        left -= part;
      }
    }
    store.add_document(ids, lengths);
  }
  return store;
}

}  // namespace

TokenStore tokenize_corpus(const Corpus& corpus, const WordPiece& tokenizer, const TokenizeOptions& options,
                           const CorpusProgress& progress) {
  if (options.max_sentence_tokens < 1) throw Error(ErrorKind::Usage, "max_sentence_tokens must be at least 1");
  OrderedStore joined(tokenizer.size());
  BlockWorkers<TextBlock> workers(resolve_thread_count(options.thread_count), [&](int, TextBlock& block) {
    joined.add(block.number, tokenize_block(block, tokenizer, options));
  });
  TextBlock block;
  corpus.for_each_document(
      [&](const Document& document) {
        block.text += document.text;
        block.document_ends.push_back(block.text.size());
        if (block.text.size() < kBlockBytes) return;
        TextBlock next;
        next.number = block.number + 1;
        workers.push(std::exchange(block, std::move(next)));
      },
      progress);
  workers.push(std::move(block));
  workers.finish();
  TokenStore store = joined.take();
  if (store.token_count() == 0)
    throw Error(ErrorKind::Input,
                fmt::format("corpus {}: no words in it; expected text", corpus.files().front().string()));
  return store;
}

}  // namespace scoria
