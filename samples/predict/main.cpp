// predict: what a BERT says of texts: missing words, classes, scores, tags, answers, vectors.
//
//   echo "paris is the [MASK] of france ." | predict --model bert-base-uncased
//   predict --model best/ --in reviews.txt --json                              the task that the model was tuned for
//   predict --model squad/ --task-file dev-v1.1.json --out predictions.json
//   predict --model all-MiniLM-L6-v2 --task embed --in sentences.txt --npy vectors.npy
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "io/atomic_write.h"
#include "io/file.h"
#include "predictor.h"
#include "requests.h"
#include "scoria/error.h"
#include "scoria/log.h"
#include "scoria/model/bert_files.h"
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
using Write = std::function<void(std::string_view)>;

// In parts of a few batches, so that few texts are padded and the first results come soon.
constexpr std::int64_t kBatchesAtOnce = 8;

/// "text 0: why" of one request as "FILE:LINE: why".
Error placed(const Request& request, const Error& error) {
  constexpr std::string_view kNumber = "text 0: ";
  std::string_view why = error.what();
  if (why.starts_with(kNumber)) why.remove_prefix(kNumber.size());
  return Error(error.kind(), fmt::format("{}: {}", request.place, why));
}

/// One by one, so that those before the wrong one are printed and it is named.
void predict_each(Predictor& predictor, std::span<const Request> requests, const Write& write) {
  for (const Request& request : requests) {
    try {
      write(predictor.predict({&request, 1}));
    } catch (const Error& error) {
      throw placed(request, error);
    }
  }
}

void predict_some(Predictor& predictor, std::span<const Request> requests, const Write& write) {
  std::string text;
  try {
    text = predictor.predict(requests);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::Input && error.kind() != ErrorKind::Usage) throw;
    predict_each(predictor, requests, write);
    throw;
  }
  write(text);
}

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

void predict_all(RequestSource& source, Predictor& predictor, std::int64_t batch, ProgressView& view,
                 const Write& write) {
  Progress progress(view);
  const auto most = static_cast<std::size_t>(batch * kBatchesAtOnce);
  for (;;) {
    const std::vector<Request> requests = source.next(most);
    if (StopSignal::is_set()) throw Interrupted();  // what was printed stays, files are not written
    if (requests.empty()) break;
    predict_some(predictor, requests, write);
    progress.show(requests.size(), source.fraction());
  }
  write(predictor.finish());
}

BertModel load(const Settings& settings) {
  BertLoading loading;
  if (!settings.task_name.empty()) loading.head = head_of(task_of(settings.task_name));
  return load_bert(settings.model, loading).model;
}

void run(const CLI::App& app, const Settings& settings) {
  if (!settings.task_name.empty()) refuse_foreign_options(app, task_of(settings.task_name));
  ProgressView view;
  BertRunner runner(open_device(settings.device, view), load(settings), {.batch = settings.batch});
  const Task task =
      settings.task_name.empty() ? usual_task(runner.head(), runner.config()) : task_of(settings.task_name);
  refuse_foreign_options(app, task);
  const Tokenizer tokenizer = Tokenizer::load(bert_folder(settings.model));
  const std::unique_ptr<Predictor> predictor = make_predictor(task, {runner, tokenizer, settings});
  const std::unique_ptr<RequestSource> source = open_requests(settings, task);
  const auto predict_to = [&](const Write& write) { predict_all(*source, *predictor, settings.batch, view, write); };
  if (settings.out.empty())
    predict_to(write_to_stdout);
  else
    write_atomically(settings.out, [&](File& out) { predict_to([&](std::string_view text) { out.write(text); }); });
}

int main_of(int argc, char** argv) {
  CLI::App app{"Predicts with a BERT: a line in, a line out.", "predict"};
  app.footer("Example:\n  echo \"paris is the [MASK] of france .\" | predict --model bert-base-uncased --top-k 3");
  Settings settings;
  add_options(app, settings);
  if (const auto code = read_command_line(app, argc, argv)) return *code;
  StopSignal::install();
  run(app, settings);
  return 0;
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
