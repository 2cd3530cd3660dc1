// tokenize decode: a line of ids in, text out.
#include <fmt/core.h>

#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "commands.h"
#include "line_stream.h"
#include "scoria/error.h"
#include "vocabulary_option.h"

namespace {

using namespace scoria;
using Json = nlohmann::ordered_json;

struct Settings {
  VocabularyOption vocabulary;
  LineStream stream;
  bool keep_special = false, no_clean_up = false, json = false;
};

std::vector<std::int32_t> ids_of(std::string_view line, std::int32_t vocabulary_size) {
  constexpr std::string_view kSpace = " \t";
  std::vector<std::int32_t> ids;
  for (std::size_t at = 0; (at = line.find_first_not_of(kSpace, at)) != line.npos;) {
    const std::size_t end = std::min(line.find_first_of(kSpace, at), line.size());
    const std::string_view word = line.substr(at, end - at);
    std::int32_t id = -1;
    const auto [rest, error] = std::from_chars(word.data(), word.data() + word.size(), id);
    if (error != std::errc() || rest != word.data() + word.size())
      throw Error(ErrorKind::Input, fmt::format("\"{}\" is not an id; give numbers apart by spaces", word));
    if (id < 0 || id >= vocabulary_size)
      throw Error(
          ErrorKind::Input,
          fmt::format("id {} is outside the vocabulary of {} tokens; is it another --vocab's?", id, vocabulary_size));
    ids.push_back(id);
    at = end;
  }
  return ids;
}

void decode(const Settings& settings) {
  const Tokenizer tokenizer = settings.vocabulary.load();
  settings.stream.run(0, [&](const LineBlock& block, LineFaults& faults) {
    std::string out;
    for (std::size_t i = 0; i < block.lines.size(); ++i) {
      try {
        const std::vector<std::int32_t> ids = ids_of(block.lines[i], tokenizer.size());
        const std::string text = tokenizer.decode(ids, !settings.keep_special, !settings.no_clean_up);
        out.append(settings.json ? Json{{"text", text}}.dump() : text).append("\n");
      } catch (const Error& error) {
        if (settings.json) out += Json{{"error", error.what()}}.dump(-1, ' ', false, Json::error_handler_t::replace);
        out += '\n';
        faults.add(i, error.what());
      }
    }
    return out;
  });
}

}  // namespace

void add_decode(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("decode", "a line of ids in, text out");
  const auto settings = std::make_shared<Settings>();
  settings->vocabulary.add_to(command);
  settings->stream.add_to(command);
  settings->stream.add_strict_to(command);
  command.add_flag("--keep-special", settings->keep_special, "show [CLS], [SEP], [PAD], [UNK] and [MASK]");
  command.add_flag("--no-clean-up", settings->no_clean_up, "leave the space before . , ! ? and in contractions");
  command.add_flag("--json", settings->json, "{\"text\": ...}");
  command.callback([settings] { decode(*settings); });
}
