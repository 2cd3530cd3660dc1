#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "text/piece_trie.h"
#include "text/token_model.h"

namespace scoria {

/// The tokens with which a Unigram model covers a piece of text: those whose log-probabilities add up to the most.
/// Where sums are equal the one found first stays, that is the longer last token. A character that no token covers is
/// unknown and costs the least of all scores less 10; unknown characters that follow one another are one.
/// Source: Kudo 2018, "Subword Regularization", arXiv:1804.10959; Viterbi's algorithm over the bytes' borders.
class UnigramLattice {
 public:
  struct Token {
    std::int32_t id;
    std::uint32_t begin, end;  ///< bytes of the piece
  };
  /// Memory for cut(), to be used again.
  struct Work {
    struct Node {
      double score;
      std::int32_t id;
      std::uint32_t begin;  ///< of the best token that ends here
    };
    std::vector<Node> nodes;
    std::vector<Token> tokens;
  };

  /// scores[i] is that of model.tokens()[i]; with bytes_fall_back what is unknown becomes its bytes, "<0x41>", where
  /// the vocabulary has all of them.
  UnigramLattice(const TokenModel& model, std::vector<double> scores, std::optional<std::int32_t> unknown,
                 bool bytes_fall_back);

  /// Leaves the tokens of `piece`, not empty and UTF-8, in work.tokens. Throws Error (Input) for a character that no
  /// token covers where the model has no unknown token.
  void cut(std::string_view piece, Work& work) const;

 private:
  /// Where the trie stands after some text, a first character say, and the token that is that text (-1: none).
  struct Start {
    std::int32_t node = PieceTrie::kNowhere, id = -1;
    double score = 0;
  };

  void list_starts();
  Start walk(std::string_view text) const;
  Start start(std::string_view piece, std::uint32_t at, std::uint32_t size) const;
  void forward(std::string_view piece, Work& work) const;
  void add_unknown(std::string_view piece, std::uint32_t begin, std::uint32_t end, std::vector<Token>& tokens) const;

  PieceTrie trie_;
  // By code point, of those of at most three bytes: in place of as many steps, which miss the cache in a large trie.
  std::vector<Start> starts_;
  std::vector<double> scores_;
  std::int32_t unknown_;  // -1: none
  double unknown_score_;
  bool bytes_fall_back_ = false;
  std::vector<std::int32_t> byte_ids_;
};

}  // namespace scoria
