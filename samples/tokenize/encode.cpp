// tokenize encode: a line in, its tokens out.
#include <fmt/core.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "commands.h"
#include "vocabulary_option.h"

namespace {

using namespace scoria;
using Json = nlohmann::ordered_json;

struct Settings {
  VocabularyOption vocabulary;
  bool no_special = false, json = false;
};

void encode(const Settings& settings) {
  const WordPiece tokenizer = settings.vocabulary.load();
  for (std::string line; std::getline(std::cin, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    Encoding encoding = tokenizer.encode(line, !settings.no_special);
    const std::vector<std::string> tokens = tokenizer.tokens(encoding.ids);
    if (!settings.json) {
      std::string out;
      for (const std::string& token : tokens) out.append(out.empty() ? "" : " ").append(token);
      fmt::print("{}\n", out);
      continue;
    }
    to_code_points(line, encoding.offsets);
    Json offsets = Json::array();
    for (const TokenSpan& span : encoding.offsets) offsets.push_back({span.begin, span.end});
    fmt::print("{}\n", Json{{"ids", encoding.ids}, {"tokens", tokens}, {"offsets", offsets}}.dump());
  }
}

}  // namespace

void add_encode(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("encode", "a line in, its tokens out");
  const auto settings = std::make_shared<Settings>();
  settings->vocabulary.add_to(command);
  command.add_flag("--no-special", settings->no_special, "without [CLS] and [SEP]");
  command.add_flag("--json", settings->json, "ids, tokens and offsets in code points");
  command.callback([settings] { encode(*settings); });
}
