// Unicode's normal forms, with the raw bytes that each code point came from. What decomposes and what is reordered is
// pinned by the tables of Hugging Face's tokenizers (unicode_tables.h); how, utf8proc knows.
#include <utf8proc.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "text/normalizer_steps.h"
#include "text/text_rewriter.h"
#include "text/unicode.h"

namespace scoria {
namespace {

constexpr char32_t kHangulFirst = 0xAC00, kHangulLast = 0xD7A3;
constexpr char32_t kLead = 0x1100, kVowel = 0x1161, kTrail = 0x11A7;
constexpr char32_t kLeads = 19, kVowels = 21, kTrails = 28;

std::uint64_t pair_of(char32_t a, char32_t b) { return std::uint64_t{a} << 32 | b; }

/// One code point if the canonical composition of `parts` is one, else 0.
char32_t composed(const char32_t* parts, int count) {
  utf8proc_int32_t buffer[4];
  for (int i = 0; i < count; ++i) buffer[i] = static_cast<utf8proc_int32_t>(parts[i]);
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  return utf8proc_normalize_utf32(buffer, count, options) == 1 ? static_cast<char32_t>(buffer[0]) : 0;
}

/// The pairs whose composition the pinned tables know: those of what they decompose, but for Unicode's exclusions.
std::unordered_map<std::uint64_t, char32_t> make_pairs() {
  const unicode::FlagTable& flags = unicode::flags_of(TextContract::HuggingFace);
  std::unordered_map<std::uint64_t, char32_t> pairs;
  for (char32_t c = 0x80; c < 0x30000; ++c) {
    if (!(flags[c] & unicode::kDecomposes) || (c >= kHangulFirst && c <= kHangulLast)) continue;
    char32_t parts[4];
    const int count = unicode::decompose(c, parts);
    if (count < 2 || composed(parts, count) != c) continue;
    if (const char32_t first = composed(parts, count - 1)) pairs.emplace(pair_of(first, parts[count - 1]), c);
  }
  return pairs;
}

/// 0 if the two do not compose.
char32_t compose(char32_t a, char32_t b) {
  if (a - kLead < kLeads && b - kVowel < kVowels)
    return kHangulFirst + ((a - kLead) * kVowels + (b - kVowel)) * kTrails;
  if (a >= kHangulFirst && a <= kHangulLast && (a - kHangulFirst) % kTrails == 0 && b > kTrail && b < kTrail + kTrails)
    return a + (b - kTrail);
  if (b < 0x300) return 0;  // no second part of a pair lies below
  static const std::unordered_map<std::uint64_t, char32_t> pairs = make_pairs();
  const auto found = pairs.find(pair_of(a, b));
  return found == pairs.end() ? 0 : found->second;
}

class NormalForm final : public NormalizerStep {
 public:
  NormalForm(bool is_compatible, bool composes)
      : compatible_(is_compatible), composes_(composes), flags_(unicode::flags_of(TextContract::HuggingFace)) {}

  bool apply(NormalizedWord& text, NormalizedWord& spare) const override {
    if (std::ranges::none_of(text.text, [](char c) { return static_cast<signed char>(c) < 0; })) return true;
    TextRewriter out(text, spare);
    Marks marks;
    Composer composer(out, composes_);
    for (std::size_t at = 0; at < text.text.size();) {
      const auto [c, byte_count] = unicode::decode(text.text, at);
      decompose(c, marks, composer);
      at += byte_count;
    }
    flush(marks, composer);
    composer.finish();
    std::swap(text, spare);
    return true;
  }
  void fold(AsciiFold&) const override {}

 private:
  struct Placed {
    char32_t value;
    int combining_class;
    int change;  ///< as TextRewriter's
  };
  using Marks = std::vector<Placed>;

  /// The last half of NFC and NFKC: each mark joins the last starter unless one of its class or a higher stands
  /// between.
  class Composer {
   public:
    Composer(TextRewriter& out, bool composes) : out_(out), composes_(composes) {}

    void put(const Placed& next) {
      if (!composes_) return out_.put(next.value, next.change);
      if (!has_starter_) {
        if (next.combining_class != 0) return out_.put(next.value, next.change);
        return start(next);
      }
      const bool is_blocked = !waiting_.empty() && waiting_.back().combining_class >= next.combining_class;
      if (const char32_t both = is_blocked ? 0 : compose(starter_.value, next.value)) {
        starter_.value = both;
        starter_.change += next.change - 1;
      } else if (next.combining_class == 0) {
        flush();
        start(next);
      } else {
        waiting_.push_back(next);
      }
    }
    void finish() {
      if (has_starter_) flush();
    }

   private:
    void start(const Placed& next) {
      has_starter_ = true;
      starter_ = next;
    }
    void flush() {
      out_.put(starter_.value, starter_.change);
      for (const Placed& mark : waiting_) out_.put(mark.value, mark.change);
      waiting_.clear();
    }

    TextRewriter& out_;
    bool composes_, has_starter_ = false;
    Placed starter_{};
    Marks waiting_;
  };

  void decompose(char32_t c, Marks& marks, Composer& composer) const {
    char32_t parts[unicode::kMostCompatible] = {c};
    int count = 1;
    if (compatible_ && unicode::is_compatible(c))
      count = unicode::decompose_compatible(c, parts);
    else if (flags_[c] & unicode::kDecomposes)
      count = unicode::decompose(c, parts);
    for (int i = 0; i < count; ++i) {
      const std::uint8_t flags = flags_[parts[i]];
      const int combining_class =
          flags & (unicode::kReorders | unicode::kIsMark) ? unicode::combining_class(parts[i]) : 0;
      const Placed placed{parts[i], combining_class, i == 0 ? 0 : 1};
      if (combining_class == 0) {
        flush(marks, composer);
        composer.put(placed);
      } else {
        marks.push_back(placed);
      }
    }
  }

  static void flush(Marks& marks, Composer& composer) {
    std::ranges::stable_sort(marks, {}, &Placed::combining_class);
    for (const Placed& mark : marks) composer.put(mark);
    marks.clear();
  }

  bool compatible_, composes_;
  const unicode::FlagTable& flags_;
};

}  // namespace

std::unique_ptr<const NormalizerStep> normal_form_step(bool is_compatible, bool composes) {
  return std::make_unique<NormalForm>(is_compatible, composes);
}

}  // namespace scoria
