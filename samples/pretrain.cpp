// pretrain: text in, trained BERT out. Learns a WordPiece vocabulary or reads one, makes next-sentence pairs with
// masked tokens, and trains both objectives. The folder it writes loads with transformers'
// BertForPreTraining.from_pretrained.
//
//   pretrain --corpus books/ --out runs/books --model mini --vocab-size 8192 --steps 2000
//   pretrain --corpus books/ --out runs/books --model mini --vocab-size 8192 --steps 4000 --resume
//   pretrain --data shards/ --out runs/books --model base        shards/ made by prepare

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scoria/data/corpus.h"
#include "scoria/data/pretraining.h"
#include "scoria/data/token_store.h"
#include "scoria/device.h"
#include "scoria/error.h"
#include "scoria/log.h"
#include "scoria/model/bert.h"
#include "scoria/text/vocabulary.h"
#include "scoria/text/tokenizer.h"
#include "scoria/train/trainer.h"
#include "support/command_line.h"
#include "support/open_device.h"
#include "support/progress_view.h"
#include "support/run_data.h"
#include "support/run_program.h"
#include "support/stop_signal.h"
#include "support/threads_option.h"
#include "support/vocabulary_summary.h"

namespace {

using namespace scoria;
namespace fs = std::filesystem;

struct Settings {
  DataSettings data;
  std::string model = "base";
  fs::path vocabulary;
  std::optional<std::int32_t> vocabulary_size;
  std::int32_t alphabet_limit = VocabularyOptions().alphabet_limit;
  std::optional<float> learning_rate;
  std::optional<std::int64_t> warmup;
  std::string precision = "auto", optimizer = "adamw", device = "auto", decay = "linear";
  bool cased = false, resume = false;
  TrainerOptions trainer;
};

/// Where a model is small, larger rates train it faster (Turc et al. 2019, arXiv:1908.08962, tried 1e-3 downwards).
struct ModelDefaults {
  std::string_view model;
  std::int32_t vocabulary_size;
  float learning_rate;
};
constexpr ModelDefaults kDefaults[] = {{"tiny", 8192, 1e-3f},    {"mini", 8192, 5e-4f},  {"small", 8192, 4e-4f},
                                       {"medium", 30522, 3e-4f}, {"base", 30522, 1e-4f}, {"large", 30522, 1e-4f}};

ModelDefaults defaults_of(const std::string& model) {
  for (const ModelDefaults& defaults : kDefaults) {
    if (defaults.model == model) return defaults;
  }
  return {model, 30522, 1e-4f};
}

bool is_config_file(const std::string& model) {
  return model.ends_with(".json") || model.find('/') != std::string::npos;
}

BertConfig read_model(const std::string& model) {
  return is_config_file(model) ? BertConfig::load(model) : BertConfig::preset(model);
}

void check_supported(const Settings& settings, const Device& device) {
  if (settings.optimizer == "lamb") {
    throw Error(ErrorKind::Usage, "--optimizer lamb is not in this version yet; use adamw");
  }
  if (settings.precision == "f16" || settings.precision == "bf16") {
    throw Error(ErrorKind::Device, fmt::format("--precision {} is not yet there on {}; use f32 or auto",
                                               settings.precision, device.info().name));
  }
}

CorpusProgress show_bytes(ProgressView& view, std::string what) {
  return [&view, what = std::move(what)](std::uint64_t done, std::uint64_t total) {
    if (StopSignal::is_set()) throw Interrupted{"stopped before the first step; nothing to save"};
    view.bytes(what, done, total);
  };
}

WordPieceOptions word_options(const Settings& settings) {
  WordPieceOptions options;
  options.text.lower_case = !settings.cased;
  return options;
}

Tokenizer learn_vocabulary(const Settings& settings, const Corpus& corpus, ProgressView& view) {
  VocabularyOptions options;
  const std::int32_t usual = is_config_file(settings.model)
                                 ? static_cast<std::int32_t>(settings.trainer.model.vocab_size)
                                 : defaults_of(settings.model).vocabulary_size;
  options.size = settings.vocabulary_size.value_or(usual);
  options.alphabet_limit = settings.alphabet_limit;
  options.text = word_options(settings).text;
  VocabularyTrainer trainer(options);
  corpus.for_each_document([&](const Document& document) { trainer.add(document.text); },
                           show_bytes(view, "counting words"));
  const WordCounts words = trainer.word_counts();
  Tokenizer tokenizer(train_vocabulary(words, options), word_options(settings));
  view.say(fmt::format(
      "vocabulary: learned {} tokens{}", tokenizer.size(),
      tokenizer.size() < options.size ? fmt::format(" ({} asked for; no other pair occurs twice)", options.size) : ""));
  view.say(summary_of(report_vocabulary(tokenizer, words, 0)));
  return tokenizer;
}

Tokenizer get_tokenizer(const Settings& settings, const Corpus* corpus, ProgressView& view) {
  const fs::path& out = settings.trainer.out;
  fs::path source = settings.vocabulary;
  if (source.empty() && settings.resume && fs::exists(out / "vocab.txt")) source = out;
  if (source.empty()) source = settings.data.shards;
  if (source.empty()) return learn_vocabulary(settings, *corpus, view);
  Tokenizer tokenizer = settings.cased ? Tokenizer::load(source, word_options(settings)) : Tokenizer::load(source);
  view.say(fmt::format("vocabulary: {} tokens of {}", tokenizer.size(), source.string()));
  return tokenizer;
}

/// The usual length, or what the model's positions allow.
void resolve_length(DataSettings& data, const BertConfig& model, ProgressView& view) {
  if (data.sequence_length || model.max_position_embeddings >= data.options.sequence_length) return;
  const bool are_examples = !data.shards.empty() && summarize_shards(data.shards).are_examples;
  if (are_examples) return;  // their length is made
  view.say(fmt::format("seq-len: {}, the model's positions ({} is usual)", model.max_position_embeddings,
                       data.options.sequence_length));
  data.sequence_length = static_cast<std::int32_t>(model.max_position_embeddings);
}

/// What the flags left open follows from the model and the length of the run. Throws Error for what no data could make
/// right, before any is read.
void resolve(Settings& settings, ProgressView& view) {
  TrainerOptions& options = settings.trainer;
  settings.data.options.seed = options.seed;
  settings.data.options.next_sentence = !settings.data.no_next_sentence;
  options.model = read_model(settings.model);
  resolve_length(settings.data, options.model, view);
  options.learning_rate = settings.learning_rate.value_or(defaults_of(settings.model).learning_rate);
  options.warmup_steps = settings.warmup.value_or(std::min<std::int64_t>(options.steps / 10, 10000));
  options.decay = settings.decay == "linear"     ? LearningRateOptions::Decay::Linear
                  : settings.decay == "constant" ? LearningRateOptions::Decay::Constant
                                                 : LearningRateOptions::Decay::LinearGoogle;
  check_trainer_options(options, settings.data.sequence_length.value_or(1));
  settings.data.options.batch = static_cast<std::int32_t>(options.batch * options.accumulate);
}

void take_vocabulary(const Tokenizer& tokenizer, Settings& settings) {
  BertConfig& model = settings.trainer.model;
  if (!is_config_file(settings.model)) model.vocab_size = tokenizer.size();
  model.pad_token_id = tokenizer.pad_id();
}

void say_settings(const Settings& settings, const RunData& data, const Trainer& trainer, ProgressView& view) {
  const TrainerOptions& o = settings.trainer;
  view.say(fmt::format("model: {}, {} layers of {}, {} heads, vocabulary {}, {:.3f} M parameters", settings.model,
                       o.model.num_hidden_layers, o.model.hidden_size, o.model.num_attention_heads, o.model.vocab_size,
                       static_cast<double>(trainer.layout().parameter_count()) / 1e6));
  view.say(
      fmt::format("settings: steps {}, batch {} x {}, seq-len {}, {}, length-bins {}, lr {:g}, warmup {}, decay {}, "
                  "optimizer {}, weight-decay {:g}, "
                  "precision f32, seed {}, eval-every {}, checkpoint-every {}, log-every {}",
                  o.steps, o.batch, o.accumulate, data.training().options().sequence_length,
                  o.packed ? "packed" : "padded", data.training().bins().size(), o.learning_rate, o.warmup_steps, settings.decay, settings.optimizer,
                  o.optimizer.weight_decay, o.seed, o.eval_every, o.checkpoint_every, o.log_every));
}

void say_resumed(const ResumeReport& report, ProgressView& view) {
  for (const std::string& damage : report.damaged) view.say("passed over a damaged checkpoint, " + damage);
  if (report.checkpoint.empty()) {
    view.say("resume: no checkpoint yet, starting from step 0");
    return;
  }
  view.say(fmt::format("resume: from {}, step {}", report.checkpoint.string(), report.step));
  for (const std::string& change : report.changed) view.say("resume: not bit-exact, changed " + change);
}

/// Of a step or an evaluation.
template <typename Record>
std::string by_head(const Record& record) {
  if (!record.next_sentence) return fmt::format(" accuracy mlm {:.3f}", record.mlm_accuracy);
  return fmt::format("(mlm {:.4f} nsp {:.4f})  accuracy mlm {:.3f} nsp {:.3f}", record.mlm_loss, record.nsp_loss,
                     record.mlm_accuracy, record.nsp_accuracy);
}

/// Draws the bar and the lines of a run.
class RunView {
 public:
  RunView(ProgressView& view, const TrainerOptions& options, std::int64_t first_step)
      : view_(view), steps_(options.steps), first_step_(first_step) {}

  TrainerEvents events() {
    TrainerEvents events;
    events.logged = [this](const StepRecord& record) { log(record); };
    events.evaluated = [this](const EvaluationRecord& record) { evaluated(record); };
    events.saved = [this](const fs::path& folder) { view_.say("saved " + folder.string()); };
    events.stepped = [this](std::int64_t step) { draw(step); };
    events.stop = [] { return StopSignal::is_set(); };
    return events;
  }

 private:
  double seconds_left(std::int64_t step) const { return static_cast<double>(steps_ - step) * last_.step_ms / 1e3; }

  std::string skipped() const {
    return last_.skipped_steps > 0 ? fmt::format(" ({} skipped, not finite)", last_.skipped_steps) : "";
  }

  void draw(std::int64_t step) {
    std::string text = fmt::format("step {}/{}{}", step, steps_, skipped());
    if (last_.step > first_step_) {
      text += fmt::format("  loss {:.3f}  acc {:.3f}  {:.0f} tok/s  ETA {}", last_.loss, last_.mlm_accuracy,
                          last_.tokens_per_second, ProgressView::duration(seconds_left(step)));
    }
    view_.bar(static_cast<double>(step) / static_cast<double>(steps_), text);
  }

  void log(const StepRecord& record) {
    last_ = record;
    if (view_.is_terminal()) {
      draw(record.step);
      return;
    }
    view_.say(fmt::format(
        "step {}/{}{}  loss {:.4f} {}  lr {:.3g}  norm {:.3g}  "
        "{:.0f} tok/s  {:.1f} ms  ETA {}",
        record.step, steps_, skipped(), record.loss, by_head(record), record.learning_rate, record.grad_norm,
        record.tokens_per_second, record.step_ms, ProgressView::duration(seconds_left(record.step))));
  }

  void evaluated(const EvaluationRecord& record) {
    view_.say(fmt::format("held out at step {}: loss {:.4f} {}", record.step, record.loss, by_head(record)));
  }

  ProgressView& view_;
  std::int64_t steps_, first_step_;
  StepRecord last_;
};

/// Trains; the message of what ends it early tells where the run stands.
bool train(Trainer& trainer, const Settings& settings, ProgressView& view) {
  try {
    RunView run_view(view, settings.trainer, trainer.step());
    return trainer.run(run_view.events());
  } catch (const Error& error) {
    const std::vector<fs::path> checkpoints = find_checkpoints(settings.trainer.out);
    throw Error(error.kind(), fmt::format("{}; {}", error.what(),
                                          checkpoints.empty() ? "the run has no checkpoint yet"
                                                              : fmt::format("{} is kept, and --resume goes on from it",
                                                                            checkpoints.front().filename().string())));
  }
}

int pretrain(Settings& settings, ProgressView& view) {
  if (settings.data.shards.empty() && !settings.data.corpus.is_given())
    throw Error(ErrorKind::Usage, "--corpus or --data is required; pretrain --help lists what there is");
  resolve(settings, view);
  prepare_run_folder(settings.trainer.out, settings.resume);
  const Device device = open_device(settings.device, view);
  check_supported(settings, device);

  std::optional<Corpus> corpus;
  if (settings.data.shards.empty()) corpus.emplace(settings.data.corpus.open());
  const Tokenizer tokenizer = get_tokenizer(settings, corpus ? &*corpus : nullptr, view);
  take_vocabulary(tokenizer, settings);
  const RunData data(settings.data, corpus ? &*corpus : nullptr, tokenizer, settings.trainer.out, view,
                     show_bytes(view, "tokenizing"));
  settings.trainer.data_fingerprint = data.fingerprint();

  Trainer trainer(device, tokenizer, data.training(), data.evaluation(), settings.trainer);
  say_settings(settings, data, trainer, view);
  if (settings.resume) say_resumed(trainer.resume(), view);
  if (!train(trainer, settings, view)) {
    view.say(fmt::format("stopped after step {}; go on with --resume", trainer.step()));
    return StopSignal::exit_code();
  }
  view.say("done: the model is in");
  fmt::print("{}\n", settings.trainer.out.string());
  return 0;
}

void add_options(CLI::App& app, Settings& s) {
  TrainerOptions& o = s.trainer;
  o.eval_every = o.checkpoint_every = 1000;
  // Without the ranges' own description: the help is shorter for it.
  const auto positive = CLI::Range(std::int64_t{1}, std::int64_t{1} << 32).description("");
  const auto not_negative = CLI::Range(std::int64_t{0}, std::int64_t{1} << 32).description("");
  DataSettings& d = s.data;
  d.corpus.keep_input();
  CLI::Option* corpus = d.corpus.add_to(app)->required(false);
  app.add_option("--data", d.shards, "shards that prepare made, instead of a corpus")->excludes(corpus);
  app.add_flag("--sentences", d.one_sentence_a_line, "each line of the corpus is one sentence already");
  app.add_option("--out", o.out, "folder of the run")->required();
  app.add_option("--model", s.model, "tiny, mini, small, medium, base, large, or a config.json")->capture_default_str();
  CLI::Option* vocabulary =
      app.add_option("--vocab", s.vocabulary, "vocab.txt or a folder with one; without it a vocabulary is learned");
  app.add_option("--vocab-size", s.vocabulary_size, "tokens to learn [8192 up to small, 30522 beyond; what a config.json says]")
      ->excludes(vocabulary);
  app.add_option("--alphabet-limit", s.alphabet_limit, "most different characters of a learned vocabulary")
      ->check(CLI::Range(1, 1 << 20))
      ->excludes(vocabulary)
      ->capture_default_str();
  app.add_flag("--cased", s.cased, "keep capitals and accents");
  app.add_option("--steps", o.steps, "optimizer steps")->check(positive)->capture_default_str();
  app.add_option("--batch", o.batch, "sequences of one pass")->check(positive)->capture_default_str();
  app.add_option("--accumulate", o.accumulate, "passes of one step")->check(positive)->capture_default_str();
  app.add_flag("!--padded", o.packed, "pad each sequence to the longest that it may be: the same losses, more time");
  app.add_option("--seq-len", d.sequence_length, "tokens of a sequence [128, at most the positions; that of finished examples]")
      ->check(CLI::Range(8, 65535));
  app.add_option("--length-bins", d.options.length_bins,
                 "make batches of sequences of about one length, padded to 1, 2 ... N parts of --seq-len")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--lr", s.learning_rate,
                 "peak learning rate [1e-3 tiny, 5e-4 mini, 4e-4 small, 3e-4 medium, 1e-4 else]");
  app.add_option("--warmup", s.warmup, "steps to reach it [a tenth of --steps, at most 10000]")->check(not_negative);
  app.add_option("--decay", s.decay, "linear, linear-google (a drop at the end of warm-up) or constant")
      ->check(CLI::IsMember({"linear", "linear-google", "constant"}))
      ->capture_default_str();
  app.add_option("--weight-decay", o.optimizer.weight_decay, "of all but biases and LayerNorm")
      ->check(CLI::Range(0.0, 10.0))
      ->capture_default_str();
  app.add_option("--optimizer", s.optimizer, "adamw (lamb: not yet)")
      ->check(CLI::IsMember({"adamw", "lamb"}))
      ->capture_default_str();
  app.add_option("--precision", s.precision, "auto or f32 (f16, bf16: not yet)")
      ->check(CLI::IsMember({"auto", "f32", "f16", "bf16"}))
      ->capture_default_str();
  app.add_option("--max-predictions", d.options.max_predictions,
                 "masked tokens of a sequence, at most [0.15 of --seq-len, rounded up]")
      ->check(CLI::Range(1, 65535));
  app.add_flag("--whole-words", d.options.whole_words, "mask all pieces of a word or none");
  app.add_flag("--no-nsp", d.no_next_sentence, "masked tokens alone, no next sentences: a BertForMaskedLM");
  app.add_option("--eval-corpus", d.eval_corpus,
                 "evaluate on these files, read as --corpus, instead of held-out documents");
  app.add_option("--eval-fraction", d.eval_fraction, "part of the documents held out")
      ->check(CLI::Range(0.0, 0.5))
      ->capture_default_str();
  app.add_option("--eval-sequences", o.eval_sequences, "sequences of an evaluation, at most")
      ->check(positive)
      ->capture_default_str();
  app.add_option("--eval-every", o.eval_every, "steps; 0: after the last one")
      ->check(not_negative)
      ->capture_default_str();
  app.add_option("--checkpoint-every", o.checkpoint_every, "steps; 0: after the last one")
      ->check(not_negative)
      ->capture_default_str();
  app.add_option("--keep", o.keep_checkpoints, "checkpoints that stay")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--log-every", o.log_every, "steps")->check(positive)->capture_default_str();
  app.add_option("--seed", o.seed, "of weights, data and dropout")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()).description(""))
      ->capture_default_str();
  app.add_flag("--resume", s.resume, "go on from the newest whole checkpoint in --out");
  app.add_option("--device", s.device, "auto, cpu, an index, a part of a name, or a UUID")->capture_default_str();
  add_threads_option(app);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Pretrains BERT on plain text: masked tokens and next sentences.", "pretrain"};
  app.footer(
      "Example:\n  pretrain --corpus books/ --out runs/books --model mini --vocab-size 8192 --steps 2000 --device cpu");
  Settings settings;
  add_options(app, settings);
  if (const auto code = read_command_line(app, argc, argv)) return *code;
  StopSignal::install();
  ProgressView view;
  set_log_sink([&view](LogLevel, std::string_view line) { view.say(std::string(line)); });
  return run_program("pretrain", "take a smaller --batch or --model", [&] { return pretrain(settings, view); });
}
