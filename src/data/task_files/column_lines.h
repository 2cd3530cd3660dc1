#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace scoria {

/// A line of a column file: its columns, apart by tabs if it has one, else by spaces.
struct ColumnLine {
  explicit ColumnLine(std::string_view text, std::int64_t number = 0);

  std::string text;
  std::vector<std::string> columns;
  bool has_tabs = false;
  std::int64_t number = 0;  ///< in the file, from 1
};

/// Whether a word may have this tag: O, or a letter of BIO and its kin before a hyphen or underscore.
bool looks_like_tag(std::string_view tag);

/// Whether a line is no word with its tag but a header: all its columns, two or more, are called as people call them.
bool are_names_of_columns(const ColumnLine& line);

/// "7" as in CoNLL-U's first column; not the range "1-2" of a word of several tokens, nor the empty node "1.1".
bool is_token_number(std::string_view column);
/// One of those two.
bool is_token_range_or_empty_node(std::string_view column);

/// Whether the first columns of a sentence's lines count its words from 1 (GermEval, CoNLL-U). One line is not enough
/// to tell: a sentence may be the word "1".
bool are_numbered(const std::vector<ColumnLine>& sentence);

}  // namespace scoria
