// SentencePiece's map applied as Hugging Face's tokenizers apply it: grapheme cluster by grapheme cluster.
#include <algorithm>
#include <utility>

#include "text/grapheme.h"
#include "text/normalizer_steps.h"
#include "text/text_rewriter.h"
#include "text/unicode.h"

namespace scoria {
namespace {

class Precompiled final : public NormalizerStep {
 public:
  explicit Precompiled(PrecompiledMap map) : map_(std::move(map)) {}

  bool apply(NormalizedWord& text, NormalizedWord& spare) const override {
    if (!concerns(text.text)) return true;
    const bool keeps_start = write<ClusterWriter>(text, spare);
    if (!keeps_start) write<ExactWriter>(text, spare);
    std::swap(text, spare);
    return keeps_start;
  }

  void fold(AsciiFold& ascii) const override {
    for (unsigned char& byte : ascii) {
      const char c = static_cast<char>(byte);
      const auto by = byte ? map_.find({&c, 1}) : std::nullopt;
      if (by) byte = by->size() == 1 ? static_cast<unsigned char>((*by)[0]) : 0;
    }
  }

 private:
  /// What the library does, change by change: holds back one code point, which may still have to take in what is
  /// removed behind it.
  class ExactWriter {
   public:
    ExactWriter(const NormalizedWord& from, NormalizedWord& to) : from_(from.text), rewriter_(from, to) {}
    void keep(std::size_t begin, std::size_t end) {
      for (std::size_t at = begin; at < end;) {
        const auto [c, byte_count] = unicode::decode(from_, at);
        put(c, 0);
        at += byte_count;
      }
    }
    bool replace(std::size_t begin, std::size_t end, std::string_view by) {
      const int removed = count(std::string_view(from_).substr(begin, end - begin));
      int added = 0;
      for (std::size_t at = 0; at < by.size(); ++added) {
        const auto [c, byte_count] = unicode::decode(by, at);
        put(c, added < removed ? 0 : 1);
        at += byte_count;
      }
      // Where nothing stands before, the library forgets what it removed: all sources behind stay one too early.
      if (added < removed && is_pending_) change_ += added - removed;
      if (added < removed && !is_pending_) keeps_start_ = false;
      return true;
    }
    bool finish() {
      if (is_pending_) rewriter_.put(pending_, change_);
      return keeps_start_;
    }

   private:
    void put(char32_t c, int change) {
      if (is_pending_) rewriter_.put(pending_, change_);
      is_pending_ = true;
      pending_ = c;
      change_ = change;
    }

    const std::string& from_;
    TextRewriter rewriter_;
    bool is_pending_ = false, keeps_start_ = true;
    char32_t pending_ = 0;
    int change_ = 0;
  };

  /// The same, cluster by cluster, and what is kept in one go; gives up where the start is lost.
  class ClusterWriter {
   public:
    ClusterWriter(const NormalizedWord& from, NormalizedWord& to) : from_(from), to_(to) {
      to_.text.clear();
      to_.sources.clear();
    }
    void keep(std::size_t begin, std::size_t end) {
      if (begin == end) return;
      append_range(to_, from_, begin, end);
      last_new_ = 0;
    }
    bool replace(std::size_t begin, std::size_t end, std::string_view by) {
      std::size_t source = begin, last = begin;
      for (std::size_t at = 0; at < by.size();) {
        const std::size_t size = unicode::decode(by, at).byte_count;
        last_new_ = source < end ? 0 : size;
        if (source < end) last = source, source += unicode::decode(from_.text, source).byte_count;
        append_bytes(to_, by.substr(at, size), from_.sources[last]);
        at += size;
      }
      if (source == end) return true;
      if (to_.text.empty()) return false;
      // What is removed goes to the code point before; if that was new it takes the place of the first removed.
      if (last_new_ > 0)
        std::fill(to_.sources.end() - static_cast<std::ptrdiff_t>(last_new_), to_.sources.end(), from_.sources[source]);
      last_new_ = 0;
      return true;
    }
    bool finish() const { return true; }

   private:
    const NormalizedWord& from_;
    NormalizedWord& to_;
    std::size_t last_new_ = 0;  // bytes of the last code point if it takes no other's place, or 0
  };

  /// False where the start is lost.
  template <typename Writer>
  bool write(const NormalizedWord& text, NormalizedWord& spare) const {
    Writer writer(text, spare);
    std::size_t kept = 0;
    bool goes_on = true;
    const auto replace = [&](std::size_t begin, std::size_t end, std::string_view by) {
      writer.keep(kept, begin);
      goes_on &= writer.replace(begin, end, by);
      kept = end;
    };
    each_cluster(text.text, [&](std::size_t begin, std::size_t end) {
      constexpr std::size_t kLookedUpWhole = 5;
      const std::string_view cluster = std::string_view(text.text).substr(begin, end - begin);
      if (cluster.size() <= kLookedUpWhole)
        if (const auto by = map_.find(cluster)) return replace(begin, end, *by);
      for (std::size_t at = 0; at < cluster.size();) {
        const std::size_t size = unicode::decode(cluster, at).byte_count;
        if (size == cluster.size() && size <= kLookedUpWhole) return;
        if (const auto by = map_.find(cluster.substr(at, size))) replace(begin + at, begin + at + size, *by);
        at += size;
      }
    });
    if (!goes_on) return false;
    writer.keep(kept, text.text.size());
    return writer.finish();
  }

  static int count(std::string_view utf8) {
    return static_cast<int>(
        std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  }

  bool concerns(std::string_view text) const {
    for (std::size_t at = 0; at < text.size(); ++at)
      if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80 && map_.find(text.substr(at, 5))) return true;
    return false;
  }

  /// Calls visit(begin, end) for each grapheme cluster.
  template <typename Visit>
  static void each_cluster(std::string_view text, const Visit& visit) {
    unicode::GraphemeBreaker breaker;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size();) {
      const auto [c, byte_count] = unicode::decode(text, at);
      if (breaker.begins_with(c) && at > begin) visit(begin, at), begin = at;
      at += byte_count;
    }
    if (begin < text.size()) visit(begin, text.size());
  }

  PrecompiledMap map_;
};

}  // namespace

std::unique_ptr<const NormalizerStep> precompiled_step(PrecompiledMap map) {
  return std::make_unique<Precompiled>(std::move(map));
}

}  // namespace scoria
