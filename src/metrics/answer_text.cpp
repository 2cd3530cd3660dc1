#include "metrics/answer_text.h"

#include <utf8proc.h>

#include <algorithm>

#include "text/unicode.h"

namespace scoria {
namespace {

/// Python's str.isspace.
bool is_space(char32_t c) {
  return (c >= 0x9 && c <= 0xD) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/// Python's string.punctuation: ASCII that is no letter, digit, space or control character.
bool is_punctuation(char32_t c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

/// What \w matches in Python, but for the underscore, which is gone by then.
bool is_word(char32_t c) {
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
         (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

/// Whether the capital sigma at `at` ends a word (Unicode's Final_Sigma).
bool is_final_sigma(std::u32string_view text, std::size_t at) {
  std::size_t before = at, after = at + 1;
  while (before > 0 && unicode::is_case_ignorable(text[before - 1])) --before;
  while (after < text.size() && unicode::is_case_ignorable(text[after])) ++after;
  return before > 0 && unicode::is_cased(text[before - 1]) && (after == text.size() || !unicode::is_cased(text[after]));
}

std::u32string decoded(std::string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    const unicode::Decoded c = unicode::decode(text, at);
    out += c.value;
    at += c.byte_count;
  }
  return out;
}

std::u32string lower(std::u32string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    char32_t lowered[2] = {0x3C2, 0};  // the final sigma
    const bool final = text[at] == 0x3A3 && is_final_sigma(text, at);
    out.append(lowered, final ? 1 : static_cast<std::size_t>(unicode::lower(text[at], lowered)));
  }
  return out;
}

bool is_article(std::u32string_view run) { return run == U"a" || run == U"an" || run == U"the"; }

/// Collects words out of runs of word characters and of what stands between them.
class WordList {
 public:
  void add_run(std::u32string_view run) {
    if (is_article(run)) return end_word();
    for (const char32_t c : run) unicode::append_utf8(word_, c);
  }
  void add_other(char32_t c) {
    if (is_space(c)) return end_word();
    unicode::append_utf8(word_, c);
  }
  std::vector<std::string> take() {
    end_word();
    return std::move(words_);
  }

 private:
  void end_word() {
    if (!word_.empty()) words_.push_back(std::move(word_));
    word_.clear();
  }

  std::string word_;
  std::vector<std::string> words_;
};

}  // namespace

std::vector<std::string> answer_words(std::string_view text) {
  std::u32string plain = lower(decoded(text));
  plain.erase(std::remove_if(plain.begin(), plain.end(), is_punctuation), plain.end());
  WordList words;
  for (std::u32string_view rest = plain; !rest.empty();) {
    const std::size_t run =
        static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_word) - rest.begin());
    if (run > 0)
      words.add_run(rest.substr(0, run));
    else
      words.add_other(rest.front());
    rest.remove_prefix(std::max<std::size_t>(run, 1));
  }
  return words.take();
}

}  // namespace scoria
