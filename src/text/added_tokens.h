#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "scoria/text/tokenizer.h"
#include "text/piece_trie.h"
#include "text/token_model.h"

namespace scoria {

/// Finds some of a tokenizer's added tokens in a text, as Hugging Face's tokenizers do: from the left, the longest
/// where several start, none inside another.
class AddedTokenFinder {
 public:
  struct Match {
    std::size_t begin, end;  ///< with the white space that it takes
    std::int32_t id;
  };

  AddedTokenFinder() = default;
  /// `patterns[i]` is what tokens[i] looks like in the text searched.
  AddedTokenFinder(std::vector<AddedToken> tokens, const std::vector<std::string>& patterns);

  bool empty() const { return tokens_.empty(); }

  /// Calls plain(from, to) and added(match) for what text[from, to) consists of, in its order; nothing is called for an
  /// empty stretch of plain text.
  template <typename VisitPlain, typename VisitAdded>
  void split(std::string_view text, std::size_t from, std::size_t to, const VisitPlain& plain,
             const VisitAdded& added) const {
    std::size_t done = from;
    for (std::size_t at = from; at < to;) {
      Match match;
      at = find(text, {from, at, to, done}, match);
      if (at == text.npos) break;
      if (match.id < 0) continue;
      if (done < match.begin) plain(done, match.begin);
      added(match);
      done = match.end;
    }
    if (done < to) plain(done, to);
  }

 private:
  struct Search {
    std::size_t from, at, to, done;
  };
  /// Where to look on, or npos if nothing more is there; match.id is -1 for one that may not stand where it does.
  std::size_t find(std::string_view text, const Search& search, Match& match) const;
  std::size_t next_start(std::string_view text, std::size_t at, std::size_t to) const;

  std::vector<AddedToken> tokens_;
  PieceTrie trie_;                       // of indices into tokens_
  std::array<bool, 256> starts_ = {};    // bytes with which a token starts
  int only_start_ = -1;                  // that byte, where there is one alone
};

/// The added tokens of a tokenizer: those looked for in raw text, and those looked for in normalized text.
struct AddedTokens {
  std::vector<AddedToken> all;  ///< by id
  AddedTokenFinder raw, normalized;

  AddedTokens() = default;
  /// With finds_special false the special ones are not looked for.
  AddedTokens(std::vector<AddedToken> tokens, const TokenModel& model, bool finds_special);
  const AddedToken* with_id(std::int32_t id) const;
};

}  // namespace scoria
