// tokenize inspect: what becomes of a text, step by step.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "commands.h"
#include "line_stream.h"
#include "text/unicode.h"
#include "vocabulary_option.h"

namespace {

using namespace scoria;
using Json = nlohmann::ordered_json;

struct Settings {
  VocabularyOption vocabulary;
  LineStream stream;
  bool json = false;
};

/// What normalization did to one code point of the raw text.
struct Change {
  std::string what;  ///< "changed", "removed", "space" or "split"
  std::uint32_t at;  ///< byte of the raw text
  std::string from, to;
};

std::string name_of(std::string_view utf8) {
  std::string out;
  for (std::size_t at = 0; at < utf8.size();) {
    const auto [value, size] = unicode::decode(utf8, at);
    out += fmt::format("{}U+{:04X}", out.empty() ? "" : " ", static_cast<std::uint32_t>(value));
    at += size;
  }
  return out;
}

std::string normalized(const std::vector<NormalizedWord>& words) {
  std::string out;
  for (const NormalizedWord& word : words) out.append(out.empty() ? "" : " ").append(word.text);
  return out;
}

/// Each code point of the raw text that is not in the words as it was. An ASCII space is no change.
std::vector<Change> changes_of(std::string_view text, const std::vector<NormalizedWord>& words,
                               const TextOptions& options) {
  std::vector<std::string> becomes(text.size());
  for (const NormalizedWord& word : words)
    for (std::size_t i = 0; i < word.text.size(); ++i) becomes[word.sources[i].begin] += word.text[i];
  const unicode::FlagTable& flags = unicode::flags_of(options.contract);
  std::vector<Change> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto [value, size] = unicode::decode(text, at);
    const std::string from(text.substr(at, size));
    const std::string& to = becomes[at];
    const auto add = [&](const char* what) { out.push_back({what, static_cast<std::uint32_t>(at), from, to}); };
    if (to.empty() && flags[value] & unicode::kIsSpace) {
      if (from != " ") add("space");
    } else if (to.empty()) {
      add("removed");
    } else if (to != from) {
      add("changed");
    } else if (options.split_ideographs && flags[value] & unicode::kIsCjk) {
      add("split");
    }
    at += size;
  }
  return out;
}

struct Counts {
  std::size_t changed = 0, removed = 0, added = 0;
};

std::size_t code_points(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

/// Added are what a decomposition is longer by, and the two spaces around an ideograph.
Counts count(const std::vector<Change>& changes) {
  Counts out;
  for (const Change& change : changes) {
    out.removed += change.what == "removed";
    out.changed += change.what == "changed" || change.what == "space";
    out.added += change.what == "split" ? 2 : change.what == "changed" ? code_points(change.to) - 1 : 0;
  }
  return out;
}

std::string as_json(const Tokenizer& tokenizer, std::string_view text) {
  const std::vector<NormalizedWord> words = tokenizer.normalize(text);
  const std::vector<Change> changes = changes_of(text, words, tokenizer.options().text);
  const Counts counts = count(changes);
  const Encoding encoding = tokenizer.encode(text);
  Json rows = Json::array(), offsets = Json::array(), word_list = Json::array();
  for (const Change& change : changes)
    rows.push_back(
        {{"what", change.what}, {"byte", change.at}, {"from", name_of(change.from)}, {"to", name_of(change.to)}});
  for (const TokenSpan& span : encoding.offsets) offsets.push_back({span.begin, span.end});
  for (const NormalizedWord& word : words) word_list.push_back(word.text);
  const Json out{{"text", text},
                 {"normalized", normalized(words)},
                 {"words", word_list},
                 {"tokens", tokenizer.tokens(encoding.ids)},
                 {"ids", encoding.ids},
                 {"byte_offsets", offsets},
                 {"changed", counts.changed},
                 {"removed", counts.removed},
                 {"added", counts.added},
                 {"changes", rows}};
  return out.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string as_text(const Tokenizer& tokenizer, std::string_view text) {
  const std::vector<NormalizedWord> words = tokenizer.normalize(text);
  const std::vector<Change> changes = changes_of(text, words, tokenizer.options().text);
  const Counts counts = count(changes);
  std::string out = fmt::format("text        {}\nnormalized  {}\n", text, normalized(words));
  out += fmt::format("code points {} changed, {} removed, {} added\n", counts.changed, counts.removed, counts.added);
  for (const Change& change : changes)
    out += fmt::format("  byte {:<5} {:<8} {}{}{}\n", change.at, change.what, name_of(change.from),
                       change.what == "changed" ? " -> " : "", change.what == "changed" ? name_of(change.to) : "");
  out += fmt::format("  {:<20} {:>7}  {:<11} {}\n", "piece", "id", "bytes", "of");
  const Encoding encoding = tokenizer.encode(text);
  for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
    const TokenSpan span = encoding.offsets[i];
    out += fmt::format("  {:<20} {:>7}  {:<11} {}\n", tokenizer.token(encoding.ids[i]), encoding.ids[i],
                       fmt::format("{}..{}", span.begin, span.end), text.substr(span.begin, span.end - span.begin));
  }
  return out + "\n";
}

void inspect(const Settings& settings) {
  const Tokenizer tokenizer = settings.vocabulary.load();
  settings.stream.run(0, [&](const LineBlock& block, LineFaults&) {
    std::string out;
    for (const std::string_view line : block.lines)
      out += settings.json ? as_json(tokenizer, line) : as_text(tokenizer, line);
    return out;
  });
}

}  // namespace

void add_inspect(CLI::App& app) {
  CLI::App& command =
      *app.add_subcommand("inspect", "a line in, what becomes of it: code points, pieces, ids, offsets");
  const auto settings = std::make_shared<Settings>();
  settings->vocabulary.add_to(command);
  settings->stream.add_to(command);
  command.add_flag("--json", settings->json, "one object a line");
  command.callback([settings] { inspect(*settings); });
}
