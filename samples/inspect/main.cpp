// inspect: runs a text through a BERT and writes what is to be seen inside it, as one HTML page or as data.
//
//   inspect --model DIR --text "The bank of the river." --out page.html
//   inspect --model DIR --compare DIR2 --text "..." --out page.html        two models beside each other
//   inspect --model DIR --text "..." --format npy --out arrays/
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "scoria/device.h"
#include "scoria/error.h"
#include "scoria/inspect/inspection_files.h"
#include "scoria/log.h"
#include "scoria/model/bert_files.h"
#include "scoria/text/tokenizer.h"
#include "support/command_line.h"
#include "support/open_device.h"
#include "support/progress_view.h"
#include "support/run_program.h"
#include "support/threads_option.h"

namespace {

using namespace scoria;
namespace fs = std::filesystem;

struct Settings {
  fs::path model, compare, out;
  std::string text;
  std::optional<std::string> text_b;
  std::string format = "html", device = "auto";
  std::int64_t top_k = 5;
  AttentionChoice choice;
};

void add_options(CLI::App& app, Settings& settings) {
  app.add_option("--model", settings.model, "folder with config.json, weights and vocab.txt")->required();
  app.add_option("--text", settings.text, "what to look at")->required();
  app.add_option("--text-b", settings.text_b, "the second text of a pair");
  app.add_option("--compare", settings.compare, "folder of a second model for the same text");
  app.add_option("--out", settings.out, "the file to write; with npy a folder")->required();
  app.add_option("--format", settings.format, "html, json, npy (arrays) or png (attention)")
      ->check(CLI::IsMember({"html", "json", "npy", "png"}))
      ->capture_default_str();
  app.add_option("--device", settings.device, "auto, cpu, an index, a part of a name or a UUID")->capture_default_str();
  add_threads_option(app);
  app.add_option("--top-k", settings.top_k, "predictions a token and layer, of models with an MLM head")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--layer", settings.choice.layer,
                 "png: this layer, from 1 (default: without --head all, else the mean)");
  app.add_option("--head", settings.choice.head, "png: this head, from 1");
}

/// What a command line says that makes no sense; "" if it does.
std::string contradiction(const Settings& settings) {
  const bool png = settings.format == "png";
  if (!png && (settings.choice.layer || settings.choice.head))
    return "--layer and --head choose the map of --format png; a page and data hold all";
  if (png && !settings.compare.empty()) return "--format png draws one model; leave out --compare";
  return "";
}

/// The name that a page shows for a model's path.
std::string name_of(const fs::path& path) {
  const fs::path plain = fs::weakly_canonical(path);
  return plain.filename().string();
}

Inspection look_into(const fs::path& path, const Device& device, const Settings& settings, ProgressView& view) {
  const BertModel model = load_bert(path).model;
  const Tokenizer tokenizer = Tokenizer::load(bert_folder(path));
  InspectionOptions options{.text = settings.text, .top_k = settings.top_k};
  if (settings.text_b) options.text_b = *settings.text_b;
  try {
    Inspection seen = inspect(model, tokenizer, device, options);
    seen.model_name = name_of(path);
    const TokenFlow& tokens = seen.tokens;
    if (tokens.cut > 0) {
      view.say(fmt::format("{}: the text has {} tokens, the model {} positions: the last {} are left out",
                           path.string(), tokens.size() + tokens.cut, tokens.size(), tokens.cut));
    }
    if (seen.predictions.empty())
      view.say(fmt::format("{}: a {} has no MLM head: no predictions", path.string(), architecture(model.head)));
    return seen;
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("{}: {}", path.string(), error.what()));
  }
}

void write(const Settings& settings, const std::vector<Inspection>& inspections) {
  if (settings.format == "html") write_inspection_page(settings.out, inspections);
  if (settings.format == "json") write_inspection_json(settings.out, inspections);
  if (settings.format == "npy") write_inspection_npy(settings.out, inspections);
  if (settings.format == "png") write_attention_png(settings.out, inspections.front(), settings.choice);
}

int run(const Settings& settings, ProgressView& view) {
  if (const std::string wrong = contradiction(settings); !wrong.empty()) throw Error(ErrorKind::Usage, wrong);
  const Device device = open_device(settings.device, view);
  std::vector<Inspection> inspections;
  inspections.push_back(look_into(settings.model, device, settings, view));
  if (!settings.compare.empty()) inspections.push_back(look_into(settings.compare, device, settings, view));
  write(settings, inspections);
  view.say(fmt::format("wrote {}", settings.out.string()));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  ProgressView view;
  set_log_sink([&view](LogLevel, std::string_view line) { view.say(std::string(line)); });
  Settings settings;
  CLI::App app{"Shows what happens to a text inside a BERT: tokens, attention, hidden states, predictions.", "inspect"};
  app.footer("Example:\n  inspect --model runs/mine --text \"The bank of the river.\" --out page.html");
  add_options(app, settings);
  if (const auto code = read_command_line(app, argc, argv)) return *code;
  return run_program("inspect", "give a shorter text", [&] { return run(settings, view); });
}
