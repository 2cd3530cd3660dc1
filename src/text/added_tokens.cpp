#include "text/added_tokens.h"

#include <algorithm>
#include <cstring>

#include "text/unicode.h"

namespace scoria {
namespace {

bool is_word(char32_t c) { return unicode::is_word(c); }

/// The code point that ends before text[at].
char32_t last_before(std::string_view text, std::size_t from, std::size_t at) {
  std::size_t begin = at - 1;
  while (begin > from && at - begin < 4 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
  return unicode::decode(text.substr(0, at), begin).value;
}

}  // namespace

AddedTokenFinder::AddedTokenFinder(std::vector<AddedToken> tokens, const std::vector<std::string>& patterns)
    : tokens_(std::move(tokens)) {
  std::vector<PieceTrie::Entry> entries;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    const std::string& pattern = patterns[i];
    const bool is_new = std::ranges::find(entries, pattern, &PieceTrie::Entry::bytes) == entries.end();
    if (pattern.empty() || !is_new) continue;  // of equal patterns the first counts
    entries.push_back({pattern, static_cast<std::int32_t>(i)});
    starts_[static_cast<unsigned char>(pattern[0])] = true;
  }
  if (entries.empty()) {
    tokens_.clear();
    return;
  }
  if (std::count(starts_.begin(), starts_.end(), true) == 1)
    only_start_ = static_cast<int>(std::find(starts_.begin(), starts_.end(), true) - starts_.begin());
  trie_ = PieceTrie(std::move(entries));
}

std::size_t AddedTokenFinder::next_start(std::string_view text, std::size_t at, std::size_t to) const {
  if (only_start_ >= 0) {
    const void* found = std::memchr(text.data() + at, only_start_, to - at);
    return found ? static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) : text.npos;
  }
  while (at < to && !starts_[static_cast<unsigned char>(text[at])]) ++at;
  return at < to ? at : text.npos;
}

std::size_t AddedTokenFinder::find(std::string_view text, const Search& search, Match& match) const {
  for (std::size_t at = next_start(text, search.at, search.to); at != text.npos;
       at = at + 1 < search.to ? next_start(text, at + 1, search.to) : text.npos) {
    std::int32_t node = PieceTrie::root(), best = -1;
    std::size_t end = at;
    for (std::size_t i = at; i < search.to; ++i) {
      node = trie_.step(node, static_cast<unsigned char>(text[i]));
      if (node < 0) break;
      if (const std::int32_t index = trie_.id(node); index >= 0) best = index, end = i + 1;
    }
    if (best < 0) continue;
    const AddedToken& token = tokens_[static_cast<std::size_t>(best)];
    // A token that starts with white space another has taken overlaps it, unless it is one that takes white space.
    match = {token.lstrip ? std::max(at, search.done) : at, end, token.id};
    if (token.single_word && ((at > search.from && is_word(last_before(text, search.from, at))) ||
                              (end < search.to && is_word(unicode::decode(text.substr(0, search.to), end).value))))
      match.id = -1;
    if (token.lstrip)
      while (match.begin > search.done) {
        const char32_t c = last_before(text, search.from, match.begin);
        if (!unicode::is_space(c)) break;
        match.begin -= unicode::utf8_size(c);
      }
    if (token.rstrip)
      while (match.end < search.to) {
        const auto [c, size] = unicode::decode(text.substr(0, search.to), match.end);
        if (!unicode::is_space(c)) break;
        match.end += size;
      }
    return end;
  }
  return text.npos;
}

AddedTokens::AddedTokens(std::vector<AddedToken> tokens, const TokenModel& model, bool finds_special)
    : all(std::move(tokens)) {
  std::ranges::stable_sort(all, {}, &AddedToken::id);
  std::vector<AddedToken> in_raw, in_normalized;
  std::vector<std::string> raw_patterns, normalized_patterns;
  // Of tokens that look alike after normalization the special one counts, and then the lowest id.
  for (const bool special : {true, false}) {
    for (const AddedToken& token : all) {
      if (token.special != special || (special && !finds_special)) continue;
      (token.normalized ? in_normalized : in_raw).push_back(token);
      if (token.normalized)
        normalized_patterns.push_back(model.normalize(token.content, 0, token.content.size()).text);
      else
        raw_patterns.push_back(token.content);
    }
  }
  raw = AddedTokenFinder(std::move(in_raw), raw_patterns);
  normalized = AddedTokenFinder(std::move(in_normalized), normalized_patterns);
}

const AddedToken* AddedTokens::with_id(std::int32_t id) const {
  const auto found = std::ranges::lower_bound(all, id, {}, &AddedToken::id);
  return found == all.end() || found->id != id ? nullptr : &*found;
}

}  // namespace scoria
