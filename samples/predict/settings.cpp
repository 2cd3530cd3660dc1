#include "settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "scoria/error.h"
#include "support/threads_option.h"

namespace {

using namespace scoria;

struct TaskRow {
  Task task;
  const char* name;
  BertHead head;
};

constexpr std::array<TaskRow, 8> kTasks{{{Task::FillMask, "fill-mask", BertHead::MaskedLm},
                                         {Task::NextSentence, "nsp", BertHead::NextSentence},
                                         {Task::Classify, "classify", BertHead::SequenceClassification},
                                         {Task::Pair, "pair", BertHead::SequenceClassification},
                                         {Task::Regress, "regress", BertHead::SequenceClassification},
                                         {Task::Tag, "tag", BertHead::TokenClassification},
                                         {Task::Answer, "qa", BertHead::QuestionAnswering},
                                         {Task::Embed, "embed", BertHead::Encoder}}};

const TaskRow& row_of(Task task) { return *std::ranges::find(kTasks, task, &TaskRow::task); }

using enum Task;
const std::vector<std::pair<std::string, std::set<Task>>> kOptionsOfTasks = {
    {"--task-file", {NextSentence, Classify, Pair, Regress, Tag, Answer, Embed}},
    {"--text-column", {NextSentence, Classify, Pair, Regress, Embed}},
    {"--pair-column", {NextSentence, Pair, Regress}},
    {"--word-column", {Tag}},
    {"--format", {NextSentence, Classify, Pair, Regress, Tag, Answer, Embed}},
    {"--byte-offsets", {FillMask, Tag, Answer}},
    {"--top-k", {FillMask, Classify, Pair, Answer}},
    {"--max-length", {NextSentence, Classify, Pair, Regress, Embed}},
    {"--window", {Classify, Pair, Regress, Tag, Answer}},
    {"--stride", {Classify, Pair, Regress, Tag, Answer}},
    {"--window-pool", {Classify, Pair}},
    {"--words", {Tag}},
    {"--pooling", {Embed}},
    {"--layer", {Embed}},
    {"--prompt", {Embed}},
    {"--truncate-dim", {Embed}},
    {"--normalize", {Embed}},
    {"--npy", {Embed}},
    {"--no-answer", {Answer}},
    {"--null-threshold", {Answer}},
    {"--max-answer", {Answer}},
    {"--max-question", {Answer}},
    {"--best", {Answer}},
    {"--nbest", {Answer}},
    {"--null-odds", {Answer}},
};

void add_input(CLI::App& app, Settings& settings) {
  CLI::Option* in = app.add_option("--in", settings.in, "file of lines (default: standard input)");
  CLI::Option* json_lines = app.add_flag(
      "--json-lines", settings.json_lines,
      R"(a line is a JSON string or {"text", "text_b"} or {"question", "context"}, each with an "id" if you like; of --in also an array of them)");
  CLI::Option* file =
      app.add_option("--task-file", settings.task_file,
                     "a file of the task instead: TSV, CSV or JSON; tag: CoNLL columns or JSON; qa: SQuAD's JSON");
  file->excludes(in)->excludes(json_lines);
  app.add_option("--text-column", settings.columns.text, "of a table: where the text is, by name or number")
      ->needs(file);
  app.add_option("--pair-column", settings.columns.pair, "of a table: where the second text is")->needs(file);
  app.add_option("--word-column", settings.word_column,
                 "tag: where the words are, a column's number or a member's name")
      ->needs(file);
  settings.format.add_to(app)->needs(file);
  app.add_option("--out", settings.out, "file to write, whole or not at all (default: standard output)");
  app.add_flag("--json", settings.json, "an object a line");
  app.add_flag("--strict", settings.strict,
               "end at the first line that cannot be answered [tell it, leave its line empty or an \"error\" of --json, "
               "answer the rest, exit with 2]");
  app.add_flag("--byte-offsets", settings.byte_offsets, "offsets of --json in bytes (default: code points)");
}

void add_lengths(CLI::App& app, Settings& settings) {
  CLI::Option* max_length =
      app.add_option("--max-length", settings.max_length,
                     "tokens of a text that are read [what the model can; embed: what its folder says]")
          ->check(CLI::Range(4, 65536));
  app.add_option("--window", settings.window,
                 "read long texts in windows of so many tokens [tag: what the model can; qa: 384, or that]")
      ->check(CLI::Range(4, 65536))
      ->excludes(max_length);
  app.add_option("--stride", settings.stride,
                 "from the first token of a window to the first of the next "
                 "[half a window; qa: 128, at most that]")
      ->check(CLI::Range(1, 65536));
  app.add_option("--window-pool", settings.window_pool, "classes of a text in windows: mean of logits, or the surest")
      ->check(CLI::IsMember({"mean", "surest"}))
      ->capture_default_str();
}

void add_embedding(CLI::App& app, Settings& settings) {
  app.add_option("--pooling", settings.pooling,
                 "embed: this one pooling instead of the model's [what its modules.json says, else mean]; its other "
                 "modules (Dense, Normalize) still follow")
      ->check(CLI::IsMember({"cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"}));
  app.add_option("--prompt", settings.prompt,
                 "embed: put before every text: a prompt of the model by its name, or a text (\"query: \"; \"\" for "
                 "none) [the model's default prompt]");
  app.add_option("--layer", settings.layer, "embed: pool this layer, 0 the embeddings, -1 the last")
      ->capture_default_str();
  app.add_option("--truncate-dim", settings.truncate_dim, "embed: only the first numbers of the modules' vectors")
      ->check(CLI::Range(1, 1 << 20));
  app.add_flag("--normalize", settings.normalize, "embed: vectors of length 1, after all modules");
  app.add_option("--npy", settings.npy, "embed: write all vectors, [texts, width], as NumPy's .npy and print nothing");
}

void add_answering(CLI::App& app, Settings& settings) {
  CLI::Option* no_answer =
      app.add_flag("--no-answer", settings.no_answer, "qa: the context need not hold an answer (SQuAD v2.0)");
  app.add_option("--null-threshold", settings.null_threshold, "qa: null odds above this mean no answer")
      ->needs(no_answer)
      ->capture_default_str();
  app.add_option("--max-answer", settings.max_answer, "qa: tokens of an answer")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  app.add_option("--max-question", settings.max_question,
                 "qa: tokens of a question that are read [64, at most half of a window]")
      ->check(CLI::Range(1, 65536));
  app.add_option("--best", settings.best_count, "qa: starts, ends and answers that are looked at")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--nbest", settings.nbest, "qa: write the best answers of each id, a JSON file");
  app.add_option("--null-odds", settings.null_odds, "qa: write the null odds of each id, a JSON file")
      ->needs(no_answer);
}

}  // namespace

std::string name_of(Task task) { return row_of(task).name; }

Task task_of(const std::string& name) {
  return std::ranges::find_if(kTasks, [&](const TaskRow& row) { return row.name == name; })->task;
}

std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const TaskRow& row : kTasks) names.emplace_back(row.name);
  return names;
}

BertHead head_of(Task task) { return row_of(task).head; }

Task usual_task(BertHead head, const BertConfig& config) {
  if (head == BertHead::Pretraining) return FillMask;
  if (head == BertHead::Pooler) return Embed;
  if (head == BertHead::SequenceClassification && config.label_count() == 1) return Regress;
  return std::ranges::find(kTasks, head, &TaskRow::head)->task;
}

void add_options(CLI::App& app, Settings& settings) {
  app.add_option("--model", settings.model, "folder with config.json, weights and vocab.txt")->required();
  app.add_option("--task", settings.task_name, "what to predict [what the model is made for]")
      ->check(CLI::IsMember(task_names()));
  add_input(app, settings);
  app.add_option("--top-k", settings.top_k,
                 "how many guesses of a mask [5], classes [1; of independent labels all likely ones] or answers [1]")
      ->check(CLI::Range(1, 100000));
  add_lengths(app, settings);
  app.add_flag("--words", settings.words, "tag: every word with its tag, not only entities");
  add_embedding(app, settings);
  add_answering(app, settings);
  app.add_option("--device", settings.device, "auto, cpu, an index, a part of a name or a UUID")->capture_default_str();
  add_threads_option(app);
  app.add_option("--batch", settings.batch, "texts that run at once")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
}

void refuse_foreign_options(const CLI::App& app, Task task) {
  for (const auto& [option, tasks] : kOptionsOfTasks) {
    if (app.count(option) > 0 && !tasks.contains(task))
      throw Error(ErrorKind::Usage, fmt::format("{} says nothing to --task {}; leave it out", option, name_of(task)));
  }
  const bool reads_windows = task == Tag || task == Answer;
  if (app.count("--stride") > 0 && app.count("--window") == 0 && !reads_windows)
    throw Error(ErrorKind::Usage, "--stride is of windows; give --window too");
  if (app.count("--window-pool") > 0 && app.count("--window") == 0)
    throw Error(ErrorKind::Usage, "--window-pool is of windows; give --window too");
}
