// tokenize encode: a line in, its tokens out.
#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "commands.h"
#include "line_stream.h"
#include "scoria/error.h"
#include "vocabulary_option.h"

namespace {

using namespace scoria;
using Json = nlohmann::json;

constexpr std::size_t kLinesAtOnce = 1024;

struct Settings {
  VocabularyOption vocabulary;
  LineStream stream;
  EncodeOptions options;
  std::string padding;
  std::size_t batch = 32;
  bool no_special = false, byte_offsets = false, pairs = false, json_lines = false;
  bool json = false, ids_only = false, masks = false;
};

/// What a line of input says; the views are into it or into `storage`.
struct Line {
  TextInput input;
  std::string storage[2];
  std::string fault;  // why it cannot be encoded
};

void read_tab_pair(std::string_view text, Line& line) {
  const std::size_t tab = text.find('\t');
  if (tab == text.npos || text.find('\t', tab + 1) != text.npos)
    throw Error(ErrorKind::Input, "expected two texts apart by one TAB");
  line.input = {text.substr(0, tab), text.substr(tab + 1)};
}

void read_json_line(std::string_view text, Line& line) {
  const Json json = Json::parse(text, nullptr, false);
  const auto member = [&](const char* key) {
    if (!json[key].is_string()) throw Error(ErrorKind::Input, fmt::format("\"{}\" must be a string", key));
    return json[key].get<std::string>();
  };
  if (json.is_string()) {
    line.storage[0] = json.get<std::string>();
    line.input = {line.storage[0]};
  } else if (json.is_object() && json.contains("text")) {
    line.storage[0] = member("text");
    line.input = {line.storage[0]};
    if (!json.contains("text_b")) return;
    line.storage[1] = member("text_b");
    line.input.second = line.storage[1];
  } else {
    throw Error(ErrorKind::Input, R"(expected a JSON string or {"text": ..., "text_b": ...})");
  }
}

std::vector<Line> read_lines(const Settings& settings, const LineBlock& block) {
  std::vector<Line> out(block.lines.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    try {
      if (settings.json_lines)
        read_json_line(block.lines[i], out[i]);
      else if (settings.pairs)
        read_tab_pair(block.lines[i], out[i]);
      else
        out[i].input = {block.lines[i]};
    } catch (const Error& error) {
      out[i].fault = error.what();
    }
  }
  return out;
}

/// The encodings of the lines without a fault, in their order. One that cannot be encoded gets a fault.
std::vector<Encoding> encode_lines(const Tokenizer& tokenizer, const EncodeOptions& options, std::span<Line> lines) {
  std::vector<TextInput> inputs;
  for (const Line& line : lines)
    if (line.fault.empty()) inputs.push_back(line.input);
  try {
    return inputs.size() == 1 ? std::vector{tokenizer.encode(inputs[0], options)}
                              : tokenizer.encode_batch(inputs, options, 1);
  } catch (const Error&) {
    for (Line& line : lines) {
      try {
        if (line.fault.empty()) tokenizer.encode(line.input, options);
      } catch (const Error& error) {
        line.fault = error.what();
      }
    }
    return encode_lines(tokenizer, options, lines);
  }
}

/// Writes encodings as text or as JSON; the tokens' JSON is made once.
class Printer {
 public:
  Printer(const Tokenizer& tokenizer, const Settings& settings) : tokenizer_(tokenizer), settings_(settings) {
    if (!settings.json) return;
    for (std::int32_t id = 0; id < tokenizer.size(); ++id) quoted_.push_back(Json(tokenizer.token(id)).dump());
  }

  void print(const Encoding& encoding, std::string& out) const {
    if (settings_.json)
      print_json(encoding, out);
    else if (settings_.ids_only)
      print_list(out, encoding.ids, " ", [&](std::int32_t id) { print_number(out, id); });
    else
      print_list(out, encoding.ids, " ", [&](std::int32_t id) { out += tokenizer_.token(id); });
    out += '\n';
  }

 private:
  template <typename List, typename PrintOne>
  static void print_list(std::string& out, const List& list, std::string_view between, const PrintOne& print_one) {
    bool is_first = true;
    for (const auto& item : list) {
      if (!is_first) out += between;
      is_first = false;
      print_one(item);
    }
  }
  static void print_number(std::string& out, std::int64_t number) {
    const fmt::format_int digits(number);
    out.append(digits.data(), digits.size());
  }
  template <typename List>
  static void print_numbers(std::string& out, std::string_view key, const List& list) {
    out.append(",\"").append(key).append("\":[");
    print_list(out, list, ",", [&](auto number) { print_number(out, number); });
    out += ']';
  }

  void print_json(const Encoding& encoding, std::string& out) const {
    out += "{\"ids\":[";
    print_list(out, encoding.ids, ",", [&](std::int32_t id) { print_number(out, id); });
    out += "],\"tokens\":[";
    print_list(out, encoding.ids, ",", [&](std::int32_t id) { out += quoted_[static_cast<std::size_t>(id)]; });
    out += "],\"offsets\":[";
    print_list(out, encoding.offsets, ",", [&](const TokenSpan& span) {
      out += '[';
      print_number(out, span.begin);
      out += ',';
      print_number(out, span.end);
      out += ']';
    });
    out += ']';
    if (settings_.masks) {
      print_numbers(out, "segments", encoding.segments);
      print_numbers(out, "attention_mask", encoding.attention_mask);
      print_numbers(out, "special_tokens_mask", encoding.special_tokens_mask);
    }
    if (!encoding.overflow.empty()) {
      out += ",\"overflow\":[";
      print_list(out, encoding.overflow, ",", [&](const Encoding& window) { print_json(window, out); });
      out += ']';
    }
    out += '}';
  }

  const Tokenizer& tokenizer_;
  const Settings& settings_;
  std::vector<std::string> quoted_;
};

EncodeOptions options_of(const Settings& settings) {
  EncodeOptions options = settings.options;
  options.add_special_tokens = !settings.no_special;
  options.offset_unit = settings.byte_offsets ? OffsetUnit::Bytes : OffsetUnit::CodePoints;
  if (settings.padding == "longest") {
    options.padding = Padding::Longest;
  } else if (!settings.padding.empty()) {
    options.padding = Padding::Fixed;
    options.padded_length = static_cast<std::uint32_t>(std::stoul(settings.padding));
  }
  return options;
}

void encode(const Settings& settings) {
  const Tokenizer tokenizer = settings.vocabulary.load();
  const Printer printer(tokenizer, settings);
  const EncodeOptions options = options_of(settings);
  const std::size_t batch = options.padding == Padding::Longest ? settings.batch : 1;
  const std::size_t lines_per_block = batch > 1 ? (kLinesAtOnce + batch - 1) / batch * batch : 0;
  tokenizer.encode(TextInput{""}, options);  // what makes no sense for any text
  settings.stream.run(lines_per_block, [&](const LineBlock& block, LineFaults& faults) {
    std::vector<Line> lines = read_lines(settings, block);
    std::string out;
    for (std::size_t begin = 0; begin < lines.size(); begin += batch) {
      const std::span<Line> some = std::span(lines).subspan(begin, std::min(batch, lines.size() - begin));
      const std::vector<Encoding> encodings = encode_lines(tokenizer, options, some);
      auto encoding = encodings.begin();
      for (std::size_t i = 0; i < some.size(); ++i) {
        if (some[i].fault.empty()) {
          printer.print(*encoding++, out);
          continue;
        }
        if (settings.json) out += Json{{"error", some[i].fault}}.dump(-1, ' ', false, Json::error_handler_t::replace);
        out += '\n';
        faults.add(begin + i, std::move(some[i].fault));
      }
    }
    return out;
  });
}

void add_windows(CLI::App& command, Settings& settings) {
  static const std::map<std::string, Truncation> truncations = {{"longest_first", Truncation::LongestFirst},
                                                                {"only_first", Truncation::OnlyFirst},
                                                                {"only_second", Truncation::OnlySecond}};
  static const std::map<std::string, Side> sides = {{"left", Side::Left}, {"right", Side::Right}};
  EncodeOptions& options = settings.options;
  CLI::Option& truncation =
      *command
           .add_option("--truncate", options.truncation, "cut to --max-length: longest_first, only_first, only_second")
           ->transform(CLI::CheckedTransformer(truncations));
  const auto of_truncation = [&](CLI::Option* option) { option->needs(&truncation)->capture_default_str(); };
  of_truncation(command.add_option("--max-length", options.max_length, "tokens of a line, [CLS] and [SEP] included"));
  of_truncation(command.add_option("--stride", options.stride,
                                   "tokens that a window (\"overflow\" of --json) repeats of the one before"));
  command.add_option("--truncation-side", options.truncation_side, "where to cut: right (default) or left")
      ->transform(CLI::CheckedTransformer(sides))
      ->needs(&truncation);
  CLI::Option& padding =
      *command.add_option("--pad", settings.padding, "with [PAD] to so many tokens, or to the longest of each --batch")
           ->check(CLI::IsMember({"longest"}) | CLI::Range(0, 1 << 20));
  command.add_option("--batch", settings.batch, "lines that are padded alike")
      ->needs(&padding)
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command.add_option("--pad-to-multiple-of", options.pad_to_multiple_of, "round padded lengths up")->needs(&padding);
  command.add_option("--padding-side", options.padding_side, "where to pad: right (default) or left")
      ->transform(CLI::CheckedTransformer(sides))
      ->needs(&padding);
}

}  // namespace

void add_encode(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("encode", "a line in, its tokens out");
  const auto settings = std::make_shared<Settings>();
  settings->vocabulary.add_to(command);
  settings->stream.add_to(command);
  settings->stream.add_strict_to(command);
  CLI::Option& pairs = *command.add_flag("--pairs", settings->pairs, "a line is two texts apart by a TAB");
  command.add_flag("--json-lines", settings->json_lines, R"(a line is a JSON string, or {"text": ..., "text_b": ...})")
      ->excludes(&pairs);
  command.add_flag("--no-special", settings->no_special, "without [CLS] and [SEP]");
  add_windows(command, *settings);
  CLI::Option& ids = *command.add_flag("--ids", settings->ids_only, "ids for tokens: what decode reads");
  CLI::Option& json =
      *command.add_flag("--json", settings->json, "ids, tokens, offsets in code points, overflow")->excludes(&ids);
  command.add_flag("--byte-offsets", settings->byte_offsets, "offsets in bytes")->needs(&json);
  command.add_flag("--masks", settings->masks, "also segments, attention_mask and special_tokens_mask")->needs(&json);
  command.callback([settings] { encode(*settings); });
}
