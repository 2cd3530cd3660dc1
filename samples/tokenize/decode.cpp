// tokenize decode: a line of ids in, text out.
#include <fmt/core.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "commands.h"
#include "scoria/error.h"
#include "vocabulary_option.h"

namespace {

using namespace scoria;
using Json = nlohmann::ordered_json;

struct Settings {
  VocabularyOption vocabulary;
  bool keep_special = false, json = false;
};

void decode(const Settings& settings) {
  const WordPiece tokenizer = settings.vocabulary.load();
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::vector<std::int32_t> ids;
    for (std::string word; words >> word;) {
      try {
        std::size_t used = 0;
        ids.push_back(std::stoi(word, &used));
        if (used != word.size()) throw std::invalid_argument(word);
      } catch (const std::logic_error&) {
        throw Error(ErrorKind::Usage, fmt::format("decode: \"{}\" is not an id; give numbers apart by spaces", word));
      }
    }
    const std::string text = tokenizer.decode(ids, !settings.keep_special);
    fmt::print("{}\n", settings.json ? Json{{"text", text}}.dump() : text);
  }
}

}  // namespace

void add_decode(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("decode", "a line of ids in, text out");
  const auto settings = std::make_shared<Settings>();
  settings->vocabulary.add_to(command);
  command.add_flag("--keep-special", settings->keep_special, "show [CLS], [SEP], [PAD], [UNK] and [MASK]");
  command.add_flag("--json", settings->json, "{\"text\": ...}");
  command.callback([settings] { decode(*settings); });
}
