#include <fmt/core.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>

#include "base/block_workers.h"
#include "data/shards/token_block.h"
#include "data/shards/tokenize_pieces.h"
#include "data/shards/vocabulary_hash.h"
#include "io/atomic_write.h"
#include "io/file.h"
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

/// Takes the blocks' stores in any order and hands them on in that of the text.
class OrderedStores {
 public:
  /// At most `window` of them wait for one before.
  OrderedStores(std::uint64_t window, std::function<void(TokenStore)> take) : window_(window), take_(std::move(take)) {}

  /// Returns once a store of that number may wait here. Throws nothing: after stop() it returns at once.
  void wait_for_room(std::uint64_t number) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopped_ || number < next_ + window_; });
  }
  void add(std::uint64_t number, TokenStore part) {
    std::lock_guard lock(mutex_);
    waiting_.emplace(number, std::move(part));
    for (auto first = waiting_.begin(); first != waiting_.end() && first->first == next_;
         first = waiting_.erase(first), ++next_)
      take_(std::move(first->second));
    changed_.notify_all();
  }
  void stop() {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  std::uint64_t window_;
  std::function<void(TokenStore)> take_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t next_ = 0;
  bool stopped_ = false;
  std::map<std::uint64_t, TokenStore> waiting_;
};

/// Tokens of text in which a special token's name is a word as any other, as in google-research/bert's
/// create_pretraining_data.py: a text must not end a segment or ask for a prediction.
class PlainTokens {
 public:
  explicit PlainTokens(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {
    for (const std::int32_t id :
         {tokenizer.pad_id(), tokenizer.unk_id(), tokenizer.cls_id(), tokenizer.sep_id(), tokenizer.mask_id()})
      names_.push_back(tokenizer.token(id));
  }

  /// Cuts each name behind its first character, which is punctuation and so a word of its own: the tokenizer, which
  /// would keep the whole name, never sees it.
  void append_ids(std::string_view text, std::vector<std::int32_t>& ids) const {
    for (std::size_t at = 0; (at = next_name(text, at)) != text.npos; at = 0) {
      tokenizer_.append_ids(text.substr(0, at + 1), ids);
      text.remove_prefix(at + 1);
    }
    tokenizer_.append_ids(text, ids);
  }

 private:
  std::size_t next_name(std::string_view text, std::size_t from) const {
    for (; from < text.size(); ++from) {
      if (text[from] != '[' && text[from] != '<') continue;
      const auto is_here = [&](const std::string& name) { return text.substr(from).starts_with(name); };
      if (std::ranges::any_of(names_, is_here)) return from;
    }
    return text.npos;
  }

  const Tokenizer& tokenizer_;
  std::vector<std::string> names_;
};

TokenStore tokenize_block(const TextBlock& block, const Tokenizer& tokenizer, const TokenizeOptions& options) {
  const PlainTokens plain(tokenizer);
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
      plain.append_ids(sentence, ids);
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

void tokenize_pieces(const Corpus& corpus, const Tokenizer& tokenizer, const TokenizeOptions& options,
                     const CorpusProgress& progress, const std::function<void(TokenStore)>& take) {
  if (options.max_sentence_tokens < 1) throw Error(ErrorKind::Usage, "max_sentence_tokens must be at least 1");
  std::uint64_t tokens = 0;
  const int threads = resolve_thread_count(options.thread_count);
  OrderedStores ordered(4 * static_cast<std::uint64_t>(threads), [&](TokenStore part) {
    tokens += part.token_count();
    take(std::move(part));
  });
  BlockWorkers<TextBlock> workers(threads, [&](int, TextBlock& block) {
    try {
      ordered.add(block.number, tokenize_block(block, tokenizer, options));
    } catch (...) {
      ordered.stop();
      throw;
    }
  });
  TextBlock block;
  const auto push = [&] {
    TextBlock next;
    next.number = block.number + 1;
    ordered.wait_for_room(block.number);
    workers.push(std::exchange(block, std::move(next)));
  };
  corpus.for_each_document(
      [&](const Document& document) {
        block.text += document.text;
        block.document_ends.push_back(block.text.size());
        if (block.text.size() >= kBlockBytes) push();
      },
      progress);
  push();
  workers.finish();
  if (tokens == 0)
    throw Error(ErrorKind::Input,
                fmt::format("corpus {}: no words in it; expected text", corpus.files().front().string()));
}

namespace {

ShardSettings settings_of(const TokenizeOptions& options) {
  ShardSettings settings;
  settings.one_sentence_a_line = options.lines == LineMeaning::Sentences;
  settings.max_sentence_tokens = options.max_sentence_tokens;
  return settings;
}

/// The corpus by how it is read, and by its files, a line each: bytes, time of last change, name.
std::string list_of(const Corpus& corpus) {
  std::string list =
      fmt::format("format {}, text field {}\n", static_cast<int>(corpus.options().format), corpus.options().text_field);
  for (const std::filesystem::path& file : corpus.files()) {
    std::error_code error;
    const std::uint64_t bytes = std::filesystem::file_size(file, error);
    const auto time = std::filesystem::last_write_time(file, error).time_since_epoch().count();
    list += fmt::format("{}\t{}\t{}\n", error ? 0 : bytes, error ? 0 : time, file.string());
  }
  return list;
}

constexpr const char* kCorpusList = "corpus.txt";

}  // namespace

TokenStore tokenize_corpus(const Corpus& corpus, const Tokenizer& tokenizer, const TokenizeOptions& options,
                           const CorpusProgress& progress) {
  TokenStore store(tokenizer.size());
  tokenize_pieces(corpus, tokenizer, options, progress, [&](TokenStore part) { store.append(std::move(part)); });
  return store;
}

void write_token_shards(const Corpus& corpus, const Tokenizer& tokenizer, const TokenizeOptions& options,
                        const std::filesystem::path& folder, const CorpusProgress& progress) {
  ShardHead head;
  head.kind = ShardKind::Documents;
  head.vocabulary_hash = vocabulary_hash(tokenizer);
  head.vocabulary_size = static_cast<std::uint32_t>(tokenizer.size());
  head.settings = settings_of(options);
  PendingFolder pending(folder);
  ShardWriter writer(pending.path(), head);
  tokenize_pieces(corpus, tokenizer, options, progress, [&](const TokenStore& part) {
    for (std::size_t b = 0; b < part.block_count(); ++b) writer.add(block_image(part.block(b), tokenizer.size()));
  });
  writer.finish();
  tokenizer.save(pending.path());
  File list = File::create(pending.path() / kCorpusList);
  list.write(list_of(corpus));
  list.close();
  pending.commit();
}

bool are_token_shards_of(const std::filesystem::path& folder, const Corpus& corpus, const Tokenizer& tokenizer,
                         const TokenizeOptions& options) {
  // What comes by standard input cannot be told from what came before.
  if (corpus.has_standard_input() || !std::filesystem::exists(folder / kCorpusList)) return false;
  try {
    const ShardFolder shards(folder, ShardKind::Documents, check_token_block);
    check_vocabulary(shards.head(), tokenizer, folder);
    return shards.head().settings == settings_of(options) &&
           read_text(folder / kCorpusList, 256u << 20) == list_of(corpus);
  } catch (const Error&) {
    return false;
  }
}

}  // namespace scoria
