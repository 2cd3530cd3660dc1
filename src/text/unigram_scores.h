#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scoria {

/// A number as Hugging Face's tokenizers read it, which is not always the double nearest to what is written: all digits
/// that fit into 64 bits, as a double, times or divided by a power of ten. Of scores with 17 digits about a fifth come
/// out one unit in the last place off, and where two ways to cover a text are equal that decides. `text` is a JSON
/// number. Source: serde_json without its feature float_roundtrip.
double read_score(std::string_view text);

/// A JSON number that read_score() reads as this one, where there is one, as of every score that was read; else the
/// shortest that Python would write, which comes back a unit or two in the last place off.
std::string written_score(double score);

/// The second members of model.vocab in a tokenizer.json that is valid JSON, each by read_score.
std::vector<double> read_scores(std::string_view tokenizer_json);

}  // namespace scoria
