// predict: what a BERT says of texts: missing words, classes, scores, tags, answers, vectors.
//
//   echo "paris is the [MASK] of france ." | predict --model bert-base-uncased
//   predict --model best/ --in reviews.txt --json                              the task that the model was tuned for
//   predict --model squad/ --task-file dev-v1.1.json --out predictions.json
//   predict --model all-MiniLM-L6-v2 --task embed --in sentences.txt --npy vectors.npy
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "io/atomic_write.h"
#include "io/file.h"
#include "patient_predictor.h"
#include "predictor.h"
#include "requests.h"
#include "scoria/error.h"
#include "scoria/log.h"
#include "scoria/model/bert_files.h"
#include "scoria/model/sentence_pipeline.h"
#include "scoria/tasks/sentences.h"
#include "scoria/tasks/text_windows.h"
#include "settings.h"
#include "support/command_line.h"
#include "support/open_device.h"
#include "support/progress_view.h"
#include "support/run_program.h"
#include "support/standard_output.h"
#include "support/stop_signal.h"

namespace {

using namespace scoria;
namespace fs = std::filesystem;

// In parts of a few batches, so that few texts are padded and the first results come soon.
constexpr std::int64_t kBatchesAtOnce = 8;

class Progress {
 public:
  explicit Progress(ProgressView& view) : view_(view) {}

  void show(std::size_t more, double fraction) {
    count_ += more;
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin_;
    // Not into the midst of the output.
    if (::isatty(STDOUT_FILENO) == 0)
      view_.bar(fraction,
                fmt::format("{} texts, {:.1f} a second", count_, static_cast<double>(count_) / passed.count()));
  }

 private:
  ProgressView& view_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::size_t count_ = 0;
};

/// Returns how many requests were not answered.
std::size_t predict_all(RequestSource& source, PatientPredictor& predictor, std::int64_t batch, ProgressView& view,
                        const Write& write) {
  Progress progress(view);
  const auto most = static_cast<std::size_t>(batch * kBatchesAtOnce);
  std::size_t count = 0;
  for (;;) {
    const std::vector<Request> requests = source.next(most);
    if (StopSignal::is_set()) throw Interrupted();  // what was printed stays, files are not written
    if (requests.empty()) break;
    predictor.predict(requests, write);
    count += requests.size();
    progress.show(requests.size(), source.fraction());
  }
  write(predictor.finish());
  if (predictor.unanswered() > 0)
    view.say(fmt::format("predict: {} of {} could not be answered; --strict ends at the first", predictor.unanswered(),
                         count));
  return predictor.unanswered();
}

/// None: the model's usual one.
std::optional<Task> asked_task(const Settings& settings) {
  if (!settings.task_name.empty()) return task_of(settings.task_name);
  if (makes_sentence_vectors(settings.model)) return Task::Embed;
  return {};
}

// Of a task that cuts texts off where the files say so; others print their limits themselves, or have none.
void tell_limit(Task task, const Settings& settings, const BertRunner& runner, const Tokenizer& tokenizer) {
  if (task == Task::FillMask || task == Task::Answer || task == Task::Embed) return;
  if (settings.max_length > 0 || settings.window > 0) return;
  const std::int64_t most = most_tokens(runner.config(), tokenizer), positions = runner.config().max_position_embeddings;
  if (most == positions) return;
  fmt::print(stderr, "{}: {} tokens, the tokenizer's model_max_length (the model has {} positions)\n",
             task == Task::Tag ? "window" : "max-length", most, positions);
}

BertModel load(const Settings& settings, std::optional<Task> task) {
  BertLoading loading;
  if (task) loading.head = head_of(*task);
  return load_bert(settings.model, loading).model;
}

bool scores_texts(Task task) { return task == Task::Classify || task == Task::Pair || task == Task::Regress; }

// A cross-encoder's own limit counts where nobody gave one, and before the tokenizer's.
void take_limit(const SentencePipeline& pipeline, const BertConfig& config, Settings& settings) {
  if (pipeline.max_sequence_length == 0 || settings.max_length > 0 || settings.window > 0) return;
  settings.max_length = std::min(pipeline.max_sequence_length, config.max_position_embeddings);
  fmt::print(stderr, "max-length: {} tokens, as sentence-transformers' files say (the model has {} positions)\n",
             settings.max_length, config.max_position_embeddings);
}

int run(const CLI::App& app, Settings& settings) {
  const std::optional<Task> asked = asked_task(settings);
  if (asked) refuse_foreign_options(app, *asked);
  ProgressView view;
  BertRunner runner(open_device(settings.device, view), load(settings, asked), {.batch = settings.batch});
  const Task task = asked ? *asked : usual_task(runner.head(), runner.config());
  refuse_foreign_options(app, task);
  const SentencePipeline beside =
      scores_texts(task) ? load_cross_encoder_pipeline(settings.model) : SentencePipeline();
  take_limit(beside, runner.config(), settings);
  const Tokenizer tokenizer = load_sentence_tokenizer(settings.model, beside);
  tell_limit(task, settings, runner, tokenizer);
  const std::unique_ptr<Predictor> predictor = make_predictor(task, {runner, tokenizer, settings});
  const std::unique_ptr<RequestSource> source = open_requests(settings, task);
  PatientPredictor patient(*predictor, settings, view);
  std::size_t unanswered = 0;
  const auto predict_to = [&](const Write& write) {
    unanswered = predict_all(*source, patient, settings.batch, view, write);
  };
  if (settings.out.empty())
    predict_to(write_to_stdout);
  else
    write_atomically(settings.out, [&](File& out) { predict_to([&](std::string_view text) { out.write(text); }); });
  return unanswered == 0 ? 0 : static_cast<int>(ErrorKind::Input);
}

int main_of(int argc, char** argv) {
  CLI::App app{"Predicts with a BERT: a line in, a line out.", "predict"};
  app.footer("Example:\n  echo \"paris is the [MASK] of france .\" | predict --model bert-base-uncased --top-k 3");
  Settings settings;
  add_options(app, settings);
  if (const auto code = read_command_line(app, argc, argv)) return *code;
  StopSignal::install();
  return run(app, settings);
}

}  // namespace

std::unique_ptr<Predictor> make_predictor(Task task, const PredictorParts& parts) {
  switch (task) {
    case Task::FillMask:
      return make_mask_predictor(parts);
    case Task::Classify:
    case Task::Pair:
      return make_class_predictor(parts);
    case Task::NextSentence:
    case Task::Regress:
      return make_score_predictor(task, parts);
    case Task::Tag:
      return make_tag_predictor(parts);
    case Task::Answer:
      return make_answer_predictor(parts);
    case Task::Embed:
      return make_embedding_predictor(parts);
  }
  return nullptr;
}

int main(int argc, char** argv) {
  set_log_sink([](LogLevel, std::string_view line) { fmt::print(stderr, "{}\n", line); });
  return run_program("predict", "take a smaller --batch", [&] { return main_of(argc, argv); });
}
