// Fine-tuning on examples that a small model learns in moments.

#include "scoria/train/fine_tuner.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "scoria/error.h"
#include "support/temporary_folder.h"

using namespace scoria;

namespace {

constexpr std::int32_t kFirstWord = 5, kWords = 15;

Tokenizer small_tokenizer() {
  std::vector<std::string> tokens{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  for (std::int32_t i = 0; i < kWords; ++i) tokens.push_back("word" + std::to_string(i));
  return Tokenizer(tokens);
}

BertConfig small_config(std::vector<std::string> labels) {
  BertConfig config;
  config.vocab_size = kFirstWord + kWords;
  config.hidden_size = 32;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 2;
  config.intermediate_size = 64;
  config.max_position_embeddings = 32;
  config.labels = std::move(labels);
  return config;
}

BertModel small_model(BertHead head, std::vector<std::string> labels, std::uint64_t seed = 1) {
  BertConfig config = small_config(std::move(labels));
  config.initializer_range = 0.1f;
  return BertModel::make(config, head, seed);
}

// A generator of one's own: the standard's distributions differ between libraries.
struct Draw {
  std::uint32_t state = 1;
  std::int32_t below(std::int32_t n) {
    state = state * 1664525u + 1013904223u;
    return static_cast<std::int32_t>((std::uint64_t{state} * static_cast<std::uint64_t>(n)) >> 32);
  }
};

/// [CLS] 3 to 10 words [SEP].
TaskExample random_text(Draw& draw) {
  TaskExample example;
  example.ids.push_back(2);
  for (std::int32_t n = 3 + draw.below(8); n > 0; --n) example.ids.push_back(kFirstWord + draw.below(kWords));
  example.ids.push_back(3);
  example.segments.assign(example.ids.size(), 0);
  return example;
}

/// The class is whether the first word is of the upper half.
std::vector<TaskExample> first_word_classes(int count) {
  Draw draw;
  std::vector<TaskExample> examples;
  for (int i = 0; i < count; ++i) {
    examples.push_back(random_text(draw));
    examples.back().labels = {examples.back().ids[1] >= kFirstWord + kWords / 2 ? 1 : 0};
  }
  return examples;
}

FineTunerOptions quick_options() {
  FineTunerOptions options;
  options.batch = 8;
  options.epochs = 2;
  options.learning_rate = 2e-3f;
  options.log_every = 1;
  return options;
}

FineTuner make_tuner(const FineTunerOptions& options, std::vector<TaskExample> examples,
                     BertModel model = small_model(BertHead::SequenceClassification, {"no", "yes"})) {
  return FineTuner(Device::open("cpu"), small_tokenizer(), std::move(model), std::move(examples), options);
}

std::vector<FineTuningRecord> run_records(FineTuner& tuner) {
  std::vector<FineTuningRecord> records;
  FineTunerEvents events;
  events.logged = [&](const FineTuningRecord& record) { records.push_back(record); };
  tuner.run(events);
  return records;
}

bool equal_bits(const Tensor& a, const Tensor& b) {
  return a.bytes().size() == b.bytes().size() && std::memcmp(a.bytes().data(), b.bytes().data(), a.bytes().size()) == 0;
}

bool equal_parameter(const BertModel& a, const BertModel& b, const std::string& name) {
  const PlacedParameter& parameter = a.layout.find(name);
  const std::size_t first = static_cast<std::size_t>(parameter.offset) * sizeof(float);
  const std::size_t bytes = static_cast<std::size_t>(parameter.element_count()) * sizeof(float);
  return std::memcmp(a.weights.bytes().data() + first, b.weights.bytes().data() + first, bytes) == 0;
}

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

double last_loss(FineTuner& tuner) { return run_records(tuner).back().loss; }

}  // namespace

TEST_CASE("fine-tuning learns classes, tags, answers and scores") {
  FineTunerOptions options = quick_options();
  options.epochs = 12;
  std::vector<TaskExample> classes = first_word_classes(128);
  FineTuner classifier = make_tuner(options, classes);
  CHECK(last_loss(classifier) < 0.1);
  options.group_by_length = true;  // and so do all below
  FineTuner grouped = make_tuner(options, classes);
  CHECK(last_loss(grouped) < 0.1);

  std::vector<TaskExample> tagged = classes, answered = classes, scored = classes;
  for (TaskExample& example : tagged) {  // the tag is the word's half; what is not a word has none
    example.labels.assign(example.ids.size(), -1);
    for (std::size_t i = 1; i + 1 < example.ids.size(); ++i) {
      example.labels[i] = example.ids[i] >= kFirstWord + kWords / 2 ? 1 : 0;
    }
  }
  FineTuner tagger = make_tuner(options, tagged, small_model(BertHead::TokenClassification, {"low", "high"}));
  CHECK(last_loss(tagger) < 0.1);

  for (TaskExample& example : answered) {  // the answer is from the first word to the last
    example.labels = {1, static_cast<std::int32_t>(example.ids.size()) - 2};
  }
  FineTuner reader = make_tuner(options, answered, small_model(BertHead::QuestionAnswering, {}));
  CHECK(last_loss(reader) < 0.2);

  for (TaskExample& example : scored) {
    example.labels.clear();
    example.score = example.ids[1] >= kFirstWord + kWords / 2 ? 1.0f : -1.0f;
  }
  FineTuner scorer = make_tuner(options, scored, small_model(BertHead::SequenceClassification, {"LABEL_0"}));
  CHECK(last_loss(scorer) < 0.1);
}

TEST_CASE("the same seed gives the same bits, another seed others") {
  const std::vector<TaskExample> examples = first_word_classes(50);
  FineTunerOptions options = quick_options();
  FineTuner first = make_tuner(options, examples), second = make_tuner(options, examples);
  first.run();
  second.run();
  CHECK(equal_bits(first.model().weights, second.model().weights));
  options.seed = 1;
  FineTuner other = make_tuner(options, examples);
  other.run();
  CHECK_FALSE(equal_bits(first.model().weights, other.model().weights));
  options.group_by_length = true;
  FineTuner grouped = make_tuner(options, examples);
  grouped.run();
  CHECK_FALSE(equal_bits(other.model().weights, grouped.model().weights));
}

TEST_CASE("accumulated passes make the step of a whole batch, also the partial last one") {
  std::vector<TaskExample> examples = first_word_classes(21);
  FineTunerOptions options = quick_options();
  options.epochs = 1;
  options.class_weights = {0.5f, 2.0f};  // unequal: a mean of means would differ
  options.length_multiple = 32;          // one length: dropout draws by padded row
  SUBCASE("packed") { options.packed = true; }
  SUBCASE("padded") { options.packed = false; }
  const BertModel model = small_model(BertHead::SequenceClassification, {"no", "yes"});
  FineTuner whole = make_tuner(options, examples, model);
  const std::vector<FineTuningRecord> expected = run_records(whole);
  options.batch = 4;
  options.accumulate = 2;
  FineTuner parts = make_tuner(options, examples, model);
  const std::vector<FineTuningRecord> found = run_records(parts);
  REQUIRE(found.size() == 3);
  REQUIRE(expected.size() == 3);
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i].loss == doctest::Approx(expected[i].loss).epsilon(1e-4));
    CHECK(found[i].grad_norm == doctest::Approx(expected[i].grad_norm).epsilon(1e-3));
    CHECK(found[i].learning_rate == doctest::Approx(expected[i].learning_rate));
  }
}

TEST_CASE("packed and padded examples make the same steps, dropout and all") {
  std::vector<TaskExample> classes = first_word_classes(21), tagged = classes;
  for (TaskExample& example : tagged) {
    example.labels.assign(example.ids.size(), -1);
    for (std::size_t i = 1; i + 1 < example.ids.size(); ++i) example.labels[i] = example.ids[i] % 2;
  }
  const auto check = [](const std::vector<TaskExample>& examples, const BertModel& model) {
    FineTunerOptions options = quick_options();
    options.epochs = 2;
    options.length_multiple = 32;  // both draw in rows of 32
    FineTuner packed = make_tuner(options, examples, model);
    options.packed = false;
    FineTuner padded = make_tuner(options, examples, model);
    const std::vector<FineTuningRecord> found = run_records(packed), expected = run_records(padded);
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      CHECK(found[i].loss == doctest::Approx(expected[i].loss).epsilon(1e-4));
      CHECK(found[i].grad_norm == doctest::Approx(expected[i].grad_norm).epsilon(1e-3));
    }
    CHECK(found.back().loss != expected.front().loss);
  };
  check(classes, small_model(BertHead::SequenceClassification, {"no", "yes"}));
  check(tagged, small_model(BertHead::TokenClassification, {"low", "high"}));
}

TEST_CASE("the rate warms up to its peak and falls to 0 at the end") {
  FineTunerOptions options = quick_options();  // 2 epochs of 7 steps
  options.warmup = 0.1;                        // 1.4 steps, rounded up
  FineTuner tuner = make_tuner(options, first_word_classes(50));
  const std::vector<FineTuningRecord> records = run_records(tuner);
  REQUIRE(records.size() == 14);
  CHECK(records[0].learning_rate == 0.0);
  CHECK(records[1].learning_rate == doctest::Approx(1e-3));
  CHECK(records[2].learning_rate == doctest::Approx(2e-3));
  CHECK(records[13].learning_rate == doctest::Approx(2e-3 / 12));
}

TEST_CASE("class weights: a class of weight 0 teaches nothing") {
  std::vector<TaskExample> examples = first_word_classes(40);
  FineTunerOptions options = quick_options();
  options.class_weights = {1.0f, 0.0f};
  options.epochs = 8;
  FineTuner tuner = make_tuner(options, examples);
  CHECK(last_loss(tuner) < 0.02);  // always "no" is right wherever it counts
  CHECK(balanced_class_weights({{{}, {}, {0}}, {{}, {}, {0}}, {{}, {}, {0}}, {{}, {}, {1}}}, 2) ==
        std::vector<float>{4.0f / 6, 2.0f});
  CHECK(balanced_class_weights({{{}, {}, {0, -1, 0}}}, 2) == std::vector<float>{0.5f, 0.0f});
}

TEST_CASE("what is frozen keeps its bits, the rest learns") {
  const std::vector<TaskExample> examples = first_word_classes(40);
  const BertModel start = small_model(BertHead::SequenceClassification, {"no", "yes"});
  const auto learned = [&](bool embeddings, std::int64_t layers, std::int64_t accumulate) {
    FineTunerOptions options = quick_options();
    options.freeze_embeddings = embeddings;
    options.freeze_layers = layers;
    options.accumulate = accumulate;
    FineTuner tuner = make_tuner(options, examples, start);
    tuner.run();
    const BertModel end = tuner.model();
    std::vector<std::string> names;
    for (const PlacedParameter& parameter : start.layout.parameters()) {
      if (!equal_parameter(start, end, parameter.name)) names.push_back(parameter.name);
    }
    return names;
  };
  const auto none_of = [](const std::vector<std::string>& names, const std::string& prefix) {
    return std::none_of(names.begin(), names.end(), [&](const std::string& name) { return name.starts_with(prefix); });
  };
  for (const std::int64_t accumulate : {1, 2}) {
    CAPTURE(accumulate);
    CHECK(learned(false, 0, accumulate).size() == start.layout.parameters().size());
    const auto above_embeddings = learned(true, 0, accumulate);
    CHECK(none_of(above_embeddings, "bert.embeddings."));
    CHECK(above_embeddings.size() == start.layout.parameters().size() - 5);
    const auto above_first = learned(false, 1, accumulate);
    CHECK(none_of(above_first, "bert.embeddings."));
    CHECK(none_of(above_first, "bert.encoder.layer.0."));
    CHECK_FALSE(none_of(above_first, "bert.encoder.layer.1.attention.self.qkv.weight"));
    const auto head = learned(false, 2, accumulate);
    CHECK(head == std::vector<std::string>{"bert.pooler.dense.weight", "bert.pooler.dense.bias", "classifier.weight",
                                           "classifier.bias"});
  }
}

TEST_CASE("the best weights are kept, and patience ends a run that gets no better") {
  FineTunerOptions options = quick_options();
  options.epochs = 10;
  options.patience = 2;
  const TemporaryFolder folder;
  options.out = folder.path();
  FineTuner tuner = make_tuner(options, first_word_classes(16));
  const std::vector<double> scores{0.5, 0.7, 0.7, 0.6, 0.9};  // the fifth is never asked for
  std::size_t asked = 0;
  Tensor best;
  std::vector<FineTuningEvaluation> evaluations;
  FineTunerEvents events;
  events.score = [&] {
    if (asked == 1) best = tuner.session().read("parameters");
    return TaskScores{{"accuracy", scores[asked++]}, {"f1", 0.25}};
  };
  events.evaluated = [&](const FineTuningEvaluation& evaluation) { evaluations.push_back(evaluation); };
  const FineTuningResult result = tuner.run(events);
  CHECK(asked == 4);
  CHECK(result.end == FineTuningResult::End::Patience);
  CHECK(result.steps == 8);
  CHECK(result.best_step == 4);
  CHECK(result.best.front().second == 0.7);
  CHECK(equal_bits(tuner.model().weights, best));
  REQUIRE(evaluations.size() == 4);
  CHECK(evaluations[1].is_best);
  CHECK_FALSE(evaluations[2].is_best);  // as good is no better

  const BertModel saved = load_bert(folder.path() / "best").model;
  CHECK(saved.head == BertHead::SequenceClassification);
  CHECK(saved.config.labels == std::vector<std::string>{"no", "yes"});
  CHECK(saved.config.to_json().find(R"("problem_type": "single_label_classification")") != std::string::npos);
  CHECK(equal_bits(saved.weights, best));
  CHECK(Tokenizer::load(folder.path() / "best").size() == small_tokenizer().size());
  const std::string metrics = file_bytes(folder.path() / "metrics.jsonl");
  CHECK(std::count(metrics.begin(), metrics.end(), '\n') == 8 + 4);
  CHECK(metrics.find(R"({"step":4,"epoch":2.0,"eval_accuracy":0.7,"eval_f1":0.25,"best":true})") != std::string::npos);
}

TEST_CASE("a run is stopped after a step and keeps the best so far") {
  FineTunerOptions options = quick_options();
  options.eval_every = 2;
  FineTuner tuner = make_tuner(options, first_word_classes(80));
  int steps = 0;
  FineTunerEvents events;
  events.score = [] { return TaskScores{{"accuracy", 0.5}}; };
  events.stop = [&] { return ++steps == 5; };
  const FineTuningResult result = tuner.run(events);
  CHECK(result.end == FineTuningResult::End::Stopped);
  CHECK(result.steps == 5);
  CHECK(result.best_step == 2);
}

TEST_CASE("without a score the last weights are the best") {
  const TemporaryFolder folder;
  FineTunerOptions options = quick_options();
  options.out = folder.path();
  FineTuner tuner = make_tuner(options, first_word_classes(16));
  const FineTuningResult result = tuner.run();
  CHECK(result.end == FineTuningResult::End::Finished);
  CHECK(result.best_step == 4);
  CHECK(equal_bits(load_bert(folder.path() / "best").model.weights, tuner.model().weights));
}

TEST_CASE("gradients that are not finite change no weight and end the run with an error") {
  BertModel model = small_model(BertHead::SequenceClassification, {"no", "yes"});
  const PlacedParameter& pooler = model.layout.find("bert.pooler.dense.weight");
  model.weights.values<float>()[pooler.offset] = INFINITY;
  FineTuner tuner = make_tuner(quick_options(), first_word_classes(64), model);
  CHECK(message_of([&] { tuner.run(); }).find("not finite for 16 steps") != std::string::npos);
  CHECK(equal_bits(tuner.model().weights, model.weights));
}

TEST_CASE("each epoch has its own order, which Python can draw too") {
  CHECK(FineTuner::epoch_order(8, 7, 0) == FineTuner::epoch_order(8, 7, 0));
  CHECK(FineTuner::epoch_order(100, 7, 0) != FineTuner::epoch_order(100, 7, 1));
  CHECK(FineTuner::epoch_order(100, 7, 0) != FineTuner::epoch_order(100, 8, 0));
  std::vector<std::int32_t> order = FineTuner::epoch_order(100, 7, 3);
  std::sort(order.begin(), order.end());
  for (std::int32_t i = 0; i < 100; ++i) CHECK(order[i] == i);
}

TEST_CASE("grouped by length, an epoch visits every example once in steps of about one length") {
  std::vector<std::int64_t> lengths(250);
  for (std::size_t i = 0; i < lengths.size(); ++i) lengths[i] = static_cast<std::int64_t>(i * 37 % 100) + 1;
  const std::vector<std::int32_t> order = FineTuner::grouped_epoch_order(lengths, 4, 7, 3);
  std::vector<std::int32_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (std::int32_t i = 0; i < 250; ++i) CHECK(sorted[i] == i);
  std::int64_t falls = 0, previous = 0;
  for (std::size_t first = 0; first < order.size(); first += 4) {
    const std::size_t end = std::min(first + 4, order.size());
    CHECK(lengths[order[first]] - lengths[order[end - 1]] <= 20);
    falls += lengths[order[first]] < previous;
    previous = lengths[order[first]];
  }
  CHECK(falls > 20);  // the steps themselves are shuffled
  CHECK(order != FineTuner::grouped_epoch_order(lengths, 4, 7, 4));
  // Drawn by peer_finetune.py's grouped_epoch_order too.
  CHECK(FineTuner::grouped_epoch_order(std::vector<std::int64_t>{5, 1, 4, 1, 3, 9, 2}, 2, 7, 1) ==
        std::vector<std::int32_t>{5, 0, 6, 1, 2, 4, 3});
}

TEST_CASE("bad options and examples are refused before anything runs") {
  const auto refusal = [](const std::function<void(FineTunerOptions&, std::vector<TaskExample>&)>& spoil) {
    FineTunerOptions options = quick_options();
    std::vector<TaskExample> examples = first_word_classes(4);
    spoil(options, examples);
    return message_of([&] { make_tuner(options, examples); });
  };
  using Options = FineTunerOptions;
  using Examples = std::vector<TaskExample>;
  CHECK(refusal([](Options& o, Examples&) { o.epochs = 0; }) == "--epochs must be in 1..1e+06, got 0");
  CHECK(refusal([](Options& o, Examples&) { o.freeze_layers = 3; }) == "--freeze-layers must be in 0..2, got 3");
  CHECK(refusal([](Options& o, Examples&) { o.warmup = 1.5; }) == "--warmup must be in 0..1, got 1.5");
  CHECK(refusal([](Options& o, Examples&) { o.class_weights = {1}; }) ==
        "--class-weights: 1 of them for 2 labels; give one for each class");
  CHECK(refusal([](Options& o, Examples&) { o.learning_rate = 0; }).find("--lr") == 0);
  CHECK(refusal([](Options&, Examples& e) { e.clear(); }) == "there is nothing to train on");
  CHECK(refusal([](Options&, Examples& e) { e[1].labels = {2}; }) == "example 1: label 2 is not in 0..1");
  CHECK(refusal([](Options&, Examples& e) { e[2].labels.clear(); }) == "example 2: 0 labels, expected 1");
  CHECK(refusal([](Options&, Examples& e) {
          e[0].ids.resize(33, 3);
          e[0].segments.resize(33);
        }) == "example 0: 33 tokens and 33 segments; expected as many of both, 1 to 32");
  CHECK(message_of([] {
          make_tuner(quick_options(), first_word_classes(4), small_model(BertHead::Pretraining, {}));
        }).find("BertForPreTraining has no labels to learn from") == 0);
}

TEST_CASE("mean and sample deviation") {
  CHECK(mean_and_deviation({}).mean == 0);
  const double one[] = {0.5}, three[] = {1, 2, 6};
  CHECK(mean_and_deviation(one).deviation == 0);
  CHECK(mean_and_deviation(three).mean == doctest::Approx(3));
  CHECK(mean_and_deviation(three).deviation == doctest::Approx(std::sqrt(7.0)));
}
