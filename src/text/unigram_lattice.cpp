#include "text/unigram_lattice.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "scoria/error.h"
#include "text/unicode.h"

namespace scoria {
namespace {

constexpr double kUnknownPenalty = 10.0;
constexpr char32_t kListedStarts = 0x10000;
constexpr std::uint32_t kUnset = std::numeric_limits<std::uint32_t>::max();

std::uint32_t character_size(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

}  // namespace

UnigramLattice::UnigramLattice(const TokenModel& model, std::vector<double> scores, std::optional<std::int32_t> unknown,
                               bool bytes_fall_back)
    : scores_(std::move(scores)), unknown_(unknown.value_or(-1)), bytes_fall_back_(bytes_fall_back) {
  double least = std::numeric_limits<double>::infinity();
  std::vector<PieceTrie::Entry> entries;
  for (std::size_t i = 0; i < scores_.size(); ++i) {
    const std::string& token = model.tokens()[i];
    const auto id = static_cast<std::int32_t>(i);
    least = std::min(least, scores_[i]);
    if (!token.empty() && model.id(token) == id) entries.push_back({token, id});
  }
  trie_ = PieceTrie(std::move(entries));
  list_starts();
  unknown_score_ = least - kUnknownPenalty;
  for (int byte = 0; byte < 256; ++byte) byte_ids_.push_back(model.id(fmt::format("<0x{:02X}>", byte)).value_or(-1));
}

void UnigramLattice::list_starts() {
  std::string bytes;
  for (char32_t c = 0; c < kListedStarts; ++c) {
    bytes.clear();
    unicode::append_utf8(bytes, c);
    starts_.push_back(walk(bytes));
  }
}

UnigramLattice::Start UnigramLattice::walk(std::string_view character) const {
  Start out{.node = PieceTrie::root()};
  for (std::size_t i = 0; out.node >= 0 && i < character.size(); ++i)
    out.node = trie_.step(out.node, static_cast<unsigned char>(character[i]));
  if (out.node >= 0) out.id = trie_.id(out.node);
  if (out.id >= 0) out.score = scores_[static_cast<std::size_t>(out.id)];
  return out;
}

inline UnigramLattice::Start UnigramLattice::start(std::string_view piece, std::uint32_t at, std::uint32_t size) const {
  const auto byte = [&](std::uint32_t i) { return static_cast<unsigned char>(piece[at + i]); };
  switch (size) {
    case 1: return starts_[byte(0)];
    case 2: return starts_[(byte(0) & 0x1F) << 6 | (byte(1) & 0x3F)];
    case 3: return starts_[(byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F)];
    default: return walk(piece.substr(at, size));
  }
}

void UnigramLattice::forward(std::string_view piece, Work& work) const {
  const auto size = static_cast<std::uint32_t>(piece.size());
  work.nodes.assign(size + 1, {0, -1, kUnset});  // a sum may be minus infinity too
  Work::Node* nodes = work.nodes.data();
  const auto offer = [&](std::uint32_t begin, std::uint32_t end, std::int32_t id, double score) {
    Work::Node& node = nodes[end];
    if (node.begin == kUnset || score > node.score) node = {score, id, begin};
  };
  for (std::uint32_t at = 0; at < size;) {
    const double score = nodes[at].score;
    const std::uint32_t next = at + character_size(piece[at]);
    const Start first = start(piece, at, next - at);
    if (first.id >= 0) offer(at, next, first.id, score + first.score);
    std::int32_t node = first.node;
    for (std::uint32_t i = next; node >= 0 && i < size; ++i) {
      node = trie_.step(node, static_cast<unsigned char>(piece[i]));
      if (node < 0) break;
      if (const std::int32_t id = trie_.id(node); id >= 0)
        offer(at, i + 1, id, score + scores_[static_cast<std::size_t>(id)]);
    }
    if (first.id < 0) {
      if (unknown_ < 0)
        throw Error(ErrorKind::Input,
                    fmt::format("tokenizer: no token covers U+{:04X}, and the model has none for the unknown (unk_id)",
                                static_cast<std::uint32_t>(unicode::decode(piece, at).value)));
      offer(at, next, unknown_, score + unknown_score_);
    }
    at = next;
  }
}

/// Tokens are added from the last to the first.
void UnigramLattice::add_unknown(std::string_view piece, std::uint32_t begin, std::uint32_t end,
                                 std::vector<Token>& tokens) const {
  const std::string_view text = piece.substr(begin, end - begin);
  if (const std::int32_t id = walk(text).id; id >= 0) return tokens.push_back({id, begin, end});
  const auto byte_id = [&](char c) { return byte_ids_[static_cast<unsigned char>(c)]; };
  if (!bytes_fall_back_ || std::ranges::any_of(text, [&](char c) { return byte_id(c) < 0; }))
    return tokens.push_back({unknown_, begin, end});
  for (auto byte = text.rbegin(); byte != text.rend(); ++byte) tokens.push_back({byte_id(*byte), begin, end});
}

void UnigramLattice::cut(std::string_view piece, Work& work) const {
  forward(piece, work);
  work.tokens.clear();
  std::uint32_t unknown_end = 0;  // of a run of unknown characters, or 0
  auto end = static_cast<std::uint32_t>(piece.size());
  while (end > 0) {
    const Work::Node& node = work.nodes[end];
    if (node.id == unknown_) {
      if (unknown_end == 0) unknown_end = end;
    } else {
      if (unknown_end > 0) add_unknown(piece, end, unknown_end, work.tokens);
      unknown_end = 0;
      work.tokens.push_back({node.id, node.begin, end});
    }
    end = node.begin;
  }
  if (unknown_end > 0) add_unknown(piece, 0, unknown_end, work.tokens);
  std::ranges::reverse(work.tokens);
}

}  // namespace scoria
