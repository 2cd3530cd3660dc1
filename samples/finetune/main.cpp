// finetune: a BERT and labelled data in, a model for the task out. Classes of texts and pairs, scores, tags of words,
// answers to questions; the folder it writes loads with transformers.
//
//   finetune --model bert-base-uncased --task classify --train train.tsv --dev dev.tsv --out runs/sst2
//   finetune --model bert-base-cased --task tag --train train.conll --dev dev.conll --out runs/ner --seeds 3
//   finetune --model runs/sst2/best --task classify --dev other.tsv --eval-only

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "finetune/model_source.h"
#include "finetune/run_view.h"
#include "finetune/task.h"
#include "scoria/device.h"
#include "scoria/error.h"
#include "scoria/log.h"
#include "scoria/tasks/answering.h"
#include "scoria/tasks/text_windows.h"
#include "scoria/train/trainer.h"
#include "support/command_line.h"
#include "support/open_device.h"
#include "support/run_program.h"
#include "support/threads_option.h"

namespace {

using namespace scoria;
using namespace finetune;
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// What a run of one seed came to.
struct SeedRun {
  std::uint64_t seed = 0;
  fs::path out;
  FineTuningResult result;
  fs::path predictions;  ///< empty without a dev file
};

Json to_json(const TaskScores& scores) {
  Json json = Json::object();
  for (const auto& [name, value] : scores) json[name] = value;
  return json;
}

Json to_json(const SeedRun& run) {
  Json json{{"seed", run.seed}};
  if (run.result.best_step > 0) {
    json["model"] = (run.out / "best").string();
    json["best_step"] = run.result.best_step;
    json["scores"] = to_json(run.result.best);
  }
  if (!run.predictions.empty()) json["predictions"] = run.predictions.string();
  json["steps"] = run.result.steps;
  json["training_seconds"] = run.result.training_seconds;
  json["seconds_per_epoch"] = run.result.seconds_per_epoch;
  return json;
}

/// What the flags left open, the recipe fills in.
void resolve(Settings& settings) {
  const Recipe recipe = recipe_of(settings.task);
  FineTunerOptions& options = settings.tuner;
  options.epochs = settings.epochs.value_or(recipe.epochs);
  options.batch = settings.batch.value_or(recipe.batch);
  options.learning_rate = settings.learning_rate.value_or(recipe.learning_rate);
  const auto require = [](bool given, const char* what) {
    if (!given) throw Error(ErrorKind::Usage, fmt::format("{} is required; finetune --help lists what there is", what));
  };
  require(!settings.evaluate_only || !settings.dev_file.empty(), "--dev");
  require(settings.evaluate_only || !settings.training_file.empty(), "--train");
  require(settings.evaluate_only || !options.out.empty(), "--out");
}

/// "balanced", or numbers with commas, in the order of the labels.
std::vector<float> class_weights(const std::string& text, const std::vector<TaskExample>& examples, const Task& task) {
  if (text.empty()) return {};
  const auto count = static_cast<std::int64_t>(task.labels().size());
  if (text == "balanced")
    return task.has_independent_labels() ? balanced_label_weights(examples, count)
                                         : balanced_class_weights(examples, count);
  std::vector<float> weights;
  for (const std::string& part : CLI::detail::split(text, ',')) {
    float weight = 0;
    if (!CLI::detail::lexical_cast(part, weight)) {
      throw Error(ErrorKind::Usage,
                  fmt::format("--class-weights must be \"balanced\" or numbers with commas, got \"{}\"", text));
    }
    weights.push_back(weight);
  }
  return weights;
}

void prepare_folder(const fs::path& out) {
  prepare_run_folder(out, true);
  std::error_code error;
  if (fs::exists(out / "best", error)) {
    throw Error(ErrorKind::Usage, fmt::format("{} already holds a fine-tuned model; give another --out", out.string()));
  }
}

/// What was given is refused where the model cannot do it; what was not given is made to fit, and told.
void fit_lengths(Settings& settings, const BertConfig& config, const Tokenizer& tokenizer, ProgressView& view) {
  const std::int64_t positions = config.max_position_embeddings;
  settings.most_tokens = most_tokens(config, tokenizer);
  const std::int64_t length = settings.max_length(), usual = recipe_of(settings.task).sequence_length;
  if (length > positions)
    throw Error(ErrorKind::Usage,
                fmt::format("--seq-len must be at most the model's {} positions, got {}", positions, length));
  if (!settings.sequence_length && length < usual)
    view.say(fmt::format("seq-len: {}, the {} ({} is usual)", length,
                         length < positions ? "tokenizer's model_max_length" : "model's positions", usual));
  if (settings.task == TaskKind::Answer) check_room_for_context(settings.answer_options());
}

/// One fine-tuning with one seed, start to end.
class SeedRunner {
 public:
  SeedRunner(const Settings& settings, const Device& device, const ModelSource& source, Task& task, ProgressView& view)
      : settings_(settings), device_(device), source_(source), task_(task), view_(view) {}

  SeedRun run(std::uint64_t seed, const fs::path& out) {
    prepare_folder(out);
    FineTunerOptions options = settings_.tuner;
    options.seed = seed;
    options.out = out;
    std::vector<TaskExample> examples = task_.training_examples(source_.tokenizer());
    options.class_weights = class_weights(settings_.class_weights, examples, task_);
    BertModel model = source_.load(task_.head(), task_.labels(), task_.has_independent_labels(), seed, view_);
    const BertConfig config = model.config;
    const std::size_t count = examples.size();
    FineTuner tuner(device_, source_.tokenizer(), std::move(model), std::move(examples), options);
    say_run(options, count, tuner.total_steps());
    BertRunner runner(tuner.session(), config, task_.head());
    RunView run_view(view_, tuner.total_steps());
    FineTunerEvents events = run_view.events();
    const bool has_dev = !settings_.dev_file.empty();
    if (has_dev) events.score = [&] { return score_task(task_, settings_.metric, runner, source_.tokenizer()); };
    SeedRun run{seed, out, tuner.run(events), {}};
    if (has_dev && run.result.best_step > 0) {
      task_.score(runner, source_.tokenizer());
      run.predictions = write_predictions(task_, out);
    }
    say_end(run);
    return run;
  }

 private:
  void say_run(const FineTunerOptions& o, std::size_t examples, std::int64_t steps) {
    view_.say(fmt::format(
        "settings: {}, {} examples, {} epochs, {} steps, batch {} x {}, seq-len {}, lr {:g}, warmup {:g}, weight-decay "
        "{:g}, seed {}, metric {}",
        task_name(settings_.task), examples, o.epochs, steps, o.batch, o.accumulate, settings_.max_length(),
        o.learning_rate, o.warmup, o.optimizer.weight_decay, o.seed, settings_.metric));
  }

  void say_end(const SeedRun& run) {
    if (run.result.end == FineTuningResult::End::Patience) {
      view_.say(fmt::format("no better score in {} evaluations: ends at step {}", settings_.tuner.patience,
                            run.result.steps));
    }
    view_.say(fmt::format("trained for {:.1f} s, {:.1f} s an epoch", run.result.training_seconds,
                          run.result.seconds_per_epoch));
  }

  const Settings& settings_;
  const Device& device_;
  const ModelSource& source_;
  Task& task_;
  ProgressView& view_;
};

void print_results(const Settings& settings, const std::vector<SeedRun>& runs) {
  std::vector<double> scores;
  for (const SeedRun& run : runs) {
    if (!run.result.best.empty()) scores.push_back(run.result.best.front().second);
  }
  const MeanDeviation summary = mean_and_deviation(scores);
  if (settings.json) {
    Json json{{"task", task_name(settings.task)}, {"metric", settings.metric}, {"runs", Json::array()}};
    for (const SeedRun& run : runs) json["runs"].push_back(to_json(run));
    if (!scores.empty()) {
      json["mean"] = summary.mean;
      json["deviation"] = summary.deviation;
    }
    fmt::print("{}\n", json.dump());
    return;
  }
  for (const SeedRun& run : runs) {
    if (run.result.best_step == 0) continue;
    fmt::print("{}{}{}\n", RunView::describe(run.result.best), run.result.best.empty() ? "" : "  ",
               (run.out / "best").string());
  }
  if (scores.size() > 1) {
    fmt::print("{} {:.4f} +- {:.4f} over {} seeds\n", settings.metric, summary.mean, summary.deviation, scores.size());
  }
}

int train(const Settings& settings, const Device& device, const ModelSource& source, Task& task, ProgressView& view) {
  SeedRunner runner(settings, device, source, task, view);
  std::vector<SeedRun> runs;
  for (std::int64_t i = 0; i < settings.seeds; ++i) {
    const std::uint64_t seed = settings.tuner.seed + static_cast<std::uint64_t>(i);
    const fs::path out = settings.seeds == 1 ? settings.tuner.out : settings.tuner.out / fmt::format("seed-{}", seed);
    runs.push_back(runner.run(seed, out));
    if (runs.back().result.end == FineTuningResult::End::Stopped) break;
  }
  const bool stopped = runs.back().result.end == FineTuningResult::End::Stopped;
  if (stopped) {
    view.say(fmt::format("stopped after step {}; {}", runs.back().result.steps,
                         runs.back().result.best_step > 0
                             ? fmt::format("the best so far, of step {}, is kept", runs.back().result.best_step)
                             : "before the first evaluation, so there is no model"));
  }
  print_results(settings, runs);
  return stopped ? StopSignal::exit_code() : 0;
}

int evaluate(const Settings& settings, const Device& device, const ModelSource& source, Task& task) {
  const BertModel model = source.load_trained(task.head());
  BertRunner runner(device, model);
  const TaskScores scores = score_task(task, settings.metric, runner, source.tokenizer());
  fs::path predictions;
  if (!settings.tuner.out.empty()) {
    prepare_run_folder(settings.tuner.out, true);
    predictions = write_predictions(task, settings.tuner.out);
  }
  if (settings.json) {
    Json json{{"task", task_name(settings.task)}, {"metric", settings.metric}, {"scores", to_json(scores)}};
    if (!predictions.empty()) json["predictions"] = predictions.string();
    fmt::print("{}\n", json.dump());
  } else {
    fmt::print("{}{}{}\n", RunView::describe(scores), predictions.empty() ? "" : "  ", predictions.string());
  }
  return 0;
}

BertHead head_of(TaskKind task) {
  if (task == TaskKind::Answer) return BertHead::QuestionAnswering;
  return task == TaskKind::Tag ? BertHead::TokenClassification : BertHead::SequenceClassification;
}

/// Of the model; or those that --labels names.
KnownLabels known_labels(const Settings& settings, const ModelSource& source) {
  const BertHead head = head_of(settings.task);
  const bool has_classes = settings.task != TaskKind::Answer && settings.task != TaskKind::Regress;
  if (!settings.labels.empty() && (!has_classes || settings.evaluate_only))
    throw Error(ErrorKind::Usage, "--labels names what a classifier is trained for; leave it out");
  KnownLabels known{source.labels(head), false};
  known.are_independent = !known.names.empty() && source.config().has_independent_labels();
  if (!settings.labels.empty()) known.names = settings.labels;
  return known;
}

int run(Settings& settings, ProgressView& view) {
  resolve(settings);
  const ModelSource source(settings);
  fit_lengths(settings, source.config(), source.tokenizer(), view);
  const std::unique_ptr<Task> task = open_task(settings, known_labels(settings, source), view);
  if (settings.metric.empty()) settings.metric = task->metrics().front();
  check_metric(*task, settings.metric);
  const Device device = open_device(settings.device, view);
  return settings.evaluate_only ? evaluate(settings, device, source, *task)
                                : train(settings, device, source, *task, view);
}

const std::map<std::string, TaskKind> kTasks{{"classify", TaskKind::Classify},
                                             {"pair", TaskKind::Pair},
                                             {"regress", TaskKind::Regress},
                                             {"tag", TaskKind::Tag},
                                             {"qa", TaskKind::Answer}};

void add_data_options(CLI::App& app, Settings& s) {
  app.add_option("--model", s.model,
                 "folder of a model; or tiny, mini, small, medium, base, large, a config.json: starts from nothing")
      ->required();
  app.add_option("--task", s.task,
                 "classify (texts; one label or several), pair, regress (scores), tag (words) or qa (answers)")
      ->required()
      ->transform(CLI::Transformer(kTasks).description(""));
  app.add_option("--train", s.training_file, "TSV, CSV or JSON; CoNLL columns or JSON to tag; SQuAD's JSON for qa");
  app.add_option("--dev", s.dev_file, "the same, to score after each epoch; without it the last weights are kept");
  app.add_option("--out", s.tuner.out, "folder of the run");
  app.add_option("--vocab", s.vocabulary, "vocab.txt or a folder with one, in place of the model's");
  CLI::Option* cased = app.add_flag("--cased", s.cased, "keep capitals and accents, whatever the model's files say");
  app.add_flag("--uncased", s.uncased, "lower-case, whatever the model's files say")->excludes(cased);
  app.add_option("--text-column", s.text_columns.text, "name or number; without it known names are looked for");
  app.add_option("--pair-column", s.text_columns.pair, "of the second text");
  app.add_option("--label-column", s.text_columns.label,
                 "of the label or score; several with commas: labels that each hold or not, 1 or 0");
  app.add_option("--word-column", s.tag_columns.words, "of words [the first]");
  app.add_option("--tag-column", s.tag_columns.tags, "of tags [the last]");
  s.format.add_to(app);
  app.add_option("--labels", s.labels,
                 "names of labels in order, where the files have numbers: O,B-PER,I-PER [the model's]")
      ->delimiter(',');
}

void add_length_options(CLI::App& app, Settings& s) {
  app.add_option("--seq-len", s.sequence_length, "tokens of a text or window, at most [128; qa 384]")
      ->check(CLI::Range(8, 65535).description(""));
  app.add_flag("--window", s.windows, "cut long texts into windows and average what they say, not cut off their end");
  app.add_option("--stride", s.stride, "tokens from one window to the next [64; qa 128]")
      ->check(CLI::Range(1, 65535).description(""));
  app.add_option("--max-question", s.max_question, "tokens of a question [64, at most half of a window]")
      ->check(CLI::Range(1, 65535).description(""));
  app.add_option("--max-answer", s.max_answer, "tokens of an answer")
      ->check(CLI::Range(1, 65535).description(""))
      ->capture_default_str();
  app.add_flag("--label-all-pieces", s.all_pieces, "learn tags on all pieces of a word, not on the first alone");
}

void add_training_options(CLI::App& app, Settings& s) {
  FineTunerOptions& o = s.tuner;
  const auto positive = CLI::Range(std::int64_t{1}, std::int64_t{1} << 32).description("");
  const auto not_negative = CLI::Range(std::int64_t{0}, std::int64_t{1} << 32).description("");
  app.add_option("--epochs", s.epochs, "passes over the training file [3; qa 2]")->check(positive);
  app.add_option("--lr", s.learning_rate, "peak learning rate [5e-5; qa 3e-5]");
  app.add_option("--batch", s.batch, "sequences of one pass [32; qa 12]")->check(positive);
  app.add_option("--accumulate", o.accumulate, "passes of one step")->check(positive)->capture_default_str();
  app.add_flag("!--padded", o.packed, "pad each batch to its longest text, as others do; answers always are");
  app.add_flag("--group-by-length", o.group_by_length, "steps of examples of about one length: less padding, faster");
  app.add_option("--warmup", o.warmup, "part of the steps until the peak rate")->capture_default_str();
  app.add_option("--weight-decay", o.optimizer.weight_decay, "of all but biases and LayerNorm")
      ->check(CLI::Range(0.0, 10.0).description(""))
      ->capture_default_str();
  app.add_option("--class-weights", s.class_weights,
                 "balanced, or a number for each label: 1,2.5; of several labels a text they weigh those that hold");
  app.add_flag("--freeze-embeddings", o.freeze_embeddings, "embeddings do not learn");
  app.add_option("--freeze-layers", o.freeze_layers, "the lowest so many layers, and the embeddings, do not learn")
      ->check(not_negative);
  app.add_option("--patience", o.patience, "evaluations without a better score that end the run; 0: none do")
      ->check(not_negative)
      ->capture_default_str();
  app.add_option("--eval-every", o.eval_every, "steps [an epoch]")->check(not_negative);
  app.add_option("--log-every", o.log_every, "steps")->check(positive)->capture_default_str();
  app.add_option("--metric", s.metric,
                 "that decides [accuracy; several labels a text f1_micro; regress pearson; tag, qa f1]");
  app.add_option("--seed", o.seed, "of a new head, the order and dropout")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()).description(""))
      ->capture_default_str();
  app.add_option("--seeds", s.seeds, "runs, each with the next seed, in OUT/seed-N")
      ->check(CLI::Range(1, 1000).description(""))
      ->capture_default_str();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Fine-tunes BERT: classes of texts or pairs, scores, tags of words, answers to questions.", "finetune"};
  app.footer(
      "Example:\n  finetune --model bert-base-uncased --task classify --train train.tsv --dev dev.tsv --out "
      "runs/sst2\n\n"
      "The best model is in OUT/best, what it says of the dev file in OUT/predictions.*, the course of the run in\n"
      "OUT/metrics.jsonl.");
  Settings settings;
  add_data_options(app, settings);
  add_length_options(app, settings);
  add_training_options(app, settings);
  app.add_flag("--eval-only", settings.evaluate_only, "score --dev with the model as it is");
  app.add_flag("--json", settings.json, "print the results as JSON");
  app.add_option("--device", settings.device, "auto, cpu, an index, a part of a name, or a UUID")
      ->capture_default_str();
  add_threads_option(app);
  if (const auto code = read_command_line(app, argc, argv)) return *code;
  StopSignal::install();
  ProgressView view;
  set_log_sink([&view](LogLevel, std::string_view line) { view.say(std::string(line)); });
  return run_program("finetune", "take a smaller --batch or --model", [&] { return run(settings, view); });
}
