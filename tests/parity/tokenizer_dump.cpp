// tokenizer_dump: a folder's tokenizer for tokenizer_files_parity.py.
//
//   tokenizer_dump FOLDER [OUT_FOLDER]
//
// Reads JSON lines, each a text or a list of two, and prints for each its ids, offsets in code points and segments, and
// what the ids decode to. Saves the tokenizer into OUT_FOLDER. Exit code 2 and a line on stderr: the folder is refused.
#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "scoria/error.h"
#include "scoria/text/tokenizer.h"

namespace {

using namespace scoria;
using Json = nlohmann::json;

Json row_of(const Tokenizer& tokenizer, const Json& line) {
  const bool is_pair = line.is_array();
  const std::string first = is_pair ? line[0] : line, second = is_pair ? line[1].get<std::string>() : "";
  TextInput input{first};
  if (is_pair) input.second = second;
  const Encoding encoding = tokenizer.encode(input, {.offset_unit = OffsetUnit::CodePoints});
  Json offsets = Json::array();
  for (const TokenSpan& span : encoding.offsets) offsets.push_back({span.begin, span.end});
  return {{"ids", encoding.ids},
          {"offsets", offsets},
          {"segments", encoding.segments},
          {"decoded", tokenizer.decode(encoding.ids)}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    fmt::print(stderr, "usage: tokenizer_dump FOLDER [OUT_FOLDER]\n");
    return 1;
  }
  try {
    const Tokenizer tokenizer = Tokenizer::load(argv[1]);
    if (argc == 3) tokenizer.save(argv[2]);
    for (std::string line; std::getline(std::cin, line);)
      std::cout << row_of(tokenizer, Json::parse(line)).dump() << '\n';
  } catch (const Error& error) {
    fmt::print(stderr, "tokenizer_dump: {}\n", error.what());
    return 2;
  }
}
