#include "scoria/tasks/bert_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <compare>
#include <optional>
#include <string>

#include "runtime/session_family.h"
#include "scoria/error.h"
#include "tasks/pooled_batch.h"
#include "tasks/text_batches.h"

namespace scoria {
namespace {

enum class Want { Logits, Tokens, Hidden, Pooled, PooledAndHidden };

// What a session computes, and for how much text.
struct RunShape {
  Want want = Want::Logits;
  std::int64_t layer = 0;     ///< of Hidden and Pooled
  std::int64_t poolings = 1;  ///< of Pooled
  std::int64_t batch = 1, length = 1, tokens = 1;
  std::int64_t predictions = 1;  ///< of Tokens, for each text of the batch
  auto operator<=>(const RunShape&) const = default;

  BertBatchShape packed() const { return {batch, length, predictions, tokens}; }
};

RunShape shape_of(Want want, const TextBatch& batch) {
  return {.want = want, .batch = batch.batch, .length = batch.length, .tokens = batch.tokens};
}

constexpr const char* kOutput = "output";
constexpr const char* kPooled = "pooled";
// So many rows of logits at once, more than any batch of one prediction a text needs: 31 MB with 30522 tokens.
constexpr std::int64_t kMostPredictions = 256;

bool pools(Want want) { return want == Want::Pooled || want == Want::PooledAndHidden; }

bool has_logits(BertHead head) {
  return head != BertHead::Encoder && head != BertHead::Pooler && head != BertHead::MaskedLm;
}

bool has_mlm(BertHead head) { return head == BertHead::Pretraining || head == BertHead::MaskedLm; }

// The part of a head that is needed: a graph of the rest would want inputs that nothing reads.
BertHead head_for(Want want, BertHead head) {
  if (want == Want::Tokens) return BertHead::MaskedLm;
  if (want != Want::Logits) return BertHead::Encoder;
  return head == BertHead::Pretraining ? BertHead::NextSentence : head;
}

Graph make_graph(const BertConfig& config, BertHead head, const ParameterLayout& layout, const RunShape& run) {
  Graph graph;
  const ParameterArena arena(graph, layout);
  const BertForward model = bert_forward(graph, config, head_for(run.want, head), run.packed(), arena, false);
  Value output = run.want == Want::Tokens ? model.mlm_logits : model.logits;
  if (run.want != Want::Tokens && run.want != Want::Logits)
    output = model.hidden_states[static_cast<std::size_t>(run.layer)];
  if (pools(run.want)) {
    const Value weights = graph.input("pooling", {DType::f32, {run.batch * run.poolings, run.tokens}});
    graph.output(kPooled, reshape(matmul(weights, output), {run.batch, run.poolings * config.hidden_size}));
  }
  if (run.want != Want::Pooled) graph.output(kOutput, output);
  return graph;
}

std::vector<std::int32_t> lengths_of(std::span<const Encoding> texts, const TextBatch& batch) {
  std::vector<std::int32_t> lengths;
  for (const std::size_t text : batch.texts) lengths.push_back(static_cast<std::int32_t>(texts[text].ids.size()));
  return lengths;
}

void write_texts(Session& session, std::span<const Encoding> texts, const TextBatch& batch, const PackedRows& rows,
                 std::int32_t pad_id) {
  std::vector<std::int32_t> ids, segments;
  for (const std::size_t text : batch.texts) {
    ids.insert(ids.end(), texts[text].ids.begin(), texts[text].ids.end());
    segments.insert(segments.end(), texts[text].segments.begin(), texts[text].segments.end());
  }
  ids.resize(static_cast<std::size_t>(batch.tokens), pad_id);
  segments.resize(ids.size(), 0);
  session.write("input_ids", std::as_bytes(std::span(ids)));
  session.write("segments", std::as_bytes(std::span(segments)));
  session.write("starts", std::as_bytes(std::span(rows.starts)));
  session.write("positions", std::as_bytes(std::span(rows.positions)));
}

void write_first_rows(Session& session, const TextBatch& batch, std::span<const std::int32_t> starts) {
  std::vector<std::int32_t> rows(static_cast<std::size_t>(batch.batch), 0);
  std::ranges::copy(starts.first(batch.texts.size()), rows.begin());
  session.write("head_rows", std::as_bytes(std::span(rows)));
}

// weights [texts, K, S] of texts that lie in rows of [T]: [B K, T].
Tensor packed_weights(const Tensor& weights, const TextBatch& batch, std::span<const std::int32_t> starts) {
  const auto K = static_cast<std::size_t>(weights.shape()[1]), S = static_cast<std::size_t>(weights.shape()[2]);
  const auto T = static_cast<std::size_t>(batch.tokens);
  Tensor packed(DType::f32, {batch.batch * weights.shape()[1], batch.tokens});
  for (std::size_t row = 0; row < batch.texts.size() * K; ++row) {
    const auto start = static_cast<std::size_t>(starts[row / K]);
    const std::span<const float> from = weights.values<float>().subspan(row * S, std::min(S, T - start));
    // Beyond the text they are zeros, and there may be less room.
    std::ranges::copy(from, packed.values<float>().begin() + static_cast<std::ptrdiff_t>(row * T + start));
  }
  return packed;
}

// Some rows of a tensor of a batch.
Tensor rows_of(const Tensor& all, std::int64_t first_row, std::int64_t rows) {
  const auto columns = static_cast<std::size_t>(all.shape().row_size());
  return Tensor::from({rows, all.shape().row_size()},
                      all.values<float>().subspan(static_cast<std::size_t>(first_row) * columns,
                                                  static_cast<std::size_t>(rows) * columns));
}

Tensor span_logits_of(const Tensor& all, std::int64_t first, std::int64_t n) {
  Tensor result(DType::f32, {2, n});
  for (std::int64_t side = 0; side < 2; ++side) {
    const auto row = static_cast<std::size_t>(side * all.shape()[1] + first);
    std::ranges::copy(all.values<float>().subspan(row, static_cast<std::size_t>(n)),
                      result.values<float>().begin() + side * n);
  }
  return result;
}

// Of text b, whose n tokens begin at `first`.
Tensor logits_of(BertHead head, const Tensor& all, std::int64_t b, std::int64_t first, std::int64_t n) {
  if (head == BertHead::QuestionAnswering) return span_logits_of(all, first, n);
  if (head == BertHead::TokenClassification) return rows_of(all, first, n);
  const auto labels = static_cast<std::size_t>(all.shape().row_size());
  return Tensor::from({all.shape().row_size()},
                      all.values<float>().subspan(static_cast<std::size_t>(b) * labels, labels));
}

// A row of the MLM head: which text and which of its positions it predicts.
struct Prediction {
  std::size_t text, place;
  std::int32_t row;
};

std::vector<Prediction> predictions_of(const TextBatch& batch, std::span<const Encoding> texts,
                                       std::span<const std::int32_t> starts,
                                       std::span<const std::vector<std::int32_t>> positions) {
  std::vector<Prediction> all;
  for (std::size_t b = 0; b < batch.texts.size(); ++b) {
    const std::size_t text = batch.texts[b];
    for (std::size_t place = 0; place < positions[text].size(); ++place) {
      const std::int32_t position = positions[text][place];
      if (position < 0 || static_cast<std::size_t>(position) >= texts[text].ids.size())
        throw Error(ErrorKind::Usage, fmt::format("text {}: position {} is outside its {} tokens", text, position,
                                                  texts[text].ids.size()));
      all.push_back({text, place, starts[b] + position});
    }
  }
  return all;
}

// Predictions a text, a power of two: enough for `count` of the batch, or as many as fit kMostPredictions.
std::int64_t predictions_per_text(std::int64_t count, std::int64_t batch) {
  std::int64_t each = 1;
  while (each * batch < count && 2 * each * batch <= kMostPredictions) each *= 2;
  return each;
}

}  // namespace

struct BertRunner::State {
  BertConfig config;
  BertHead head;
  BertRunnerOptions options;
  ParameterLayout layout;
  std::optional<Session> own;  ///< keeps the weights, where no other session does
  const Session* weights;      ///< that one, or the other
  std::optional<SessionFamily<RunShape>> family;
  std::int64_t most_tokens = 0;

  State(const BertConfig& its_config, BertHead its_head, const BertRunnerOptions& its_options)
      : config(its_config), head(its_head), options(its_options), layout(bert_parameters(config, head)) {
    if (options.batch < 1 || options.batch > 65536)
      throw Error(ErrorKind::Usage, fmt::format("a batch of {} texts; give 1 to 65536", options.batch));
  }

  Session& at(const RunShape& shape) {
    // Sessions share the memory of larger ones that were there before them, so that a new largest one begins anew.
    if (shape.tokens > most_tokens) {
      family.emplace(*weights, [this](const RunShape& run) { return make_graph(config, head, layout, run); });
      most_tokens = shape.tokens;
    }
    return family->at(shape);
  }

  void check(std::size_t number, const Encoding& text) const {
    const auto n = static_cast<std::int64_t>(text.ids.size());
    if (n == 0 || n > config.max_position_embeddings || text.segments.size() != text.ids.size())
      throw Error(
          ErrorKind::Usage,
          fmt::format("text {}: {} tokens and {} segments, expected 1 to {} of each, the model's positions; cut "
                      "it (EncodeOptions)",
                      number, n, text.segments.size(), config.max_position_embeddings));
    const auto check_range = [&](const std::vector<std::int32_t>& values, std::int64_t size, const char* what) {
      for (const std::int32_t value : values) {
        if (value >= 0 && value < size) continue;
        throw Error(ErrorKind::Input,
                    fmt::format("text {}: {} {}, but the model has {}; take the tokenizer of this model", number, what,
                                value, size));
      }
    };
    check_range(text.ids, config.vocab_size, "token id");
    check_range(text.segments, config.type_vocab_size, "segment");
  }

  template <typename Body>
  void for_each_batch(std::span<const Encoding> texts, const Body& body) {
    for (std::size_t i = 0; i < texts.size(); ++i) check(i, texts[i]);
    const TextBatches batches(texts, options.batch, config.max_position_embeddings);
    for (const TextBatch& batch : batches.batches())
      body(batch, PackedRows({batch.batch, batch.length, 1, batch.tokens}, lengths_of(texts, batch)));
  }

  Session& prepared(const RunShape& shape, std::span<const Encoding> texts, const TextBatch& batch,
                    const PackedRows& rows) {
    Session& session = at(shape);
    write_texts(session, texts, batch, rows, static_cast<std::int32_t>(config.pad_token_id));
    return session;
  }

  std::int64_t layer_index(std::int64_t layer) const {
    const std::int64_t index = layer < 0 ? config.num_hidden_layers + 1 + layer : layer;
    if (index < 0 || index > config.num_hidden_layers)
      throw Error(ErrorKind::Usage,
                  fmt::format("layer {} of a model of {}; give 0 (the embeddings) to {}, or -1 for the "
                              "last",
                              layer, config.num_hidden_layers, config.num_hidden_layers));
    return index;
  }

  void predict(const TextBatch& batch, const PackedRows& packed, std::span<const Encoding> texts,
               std::span<const Prediction> all, const TokenVisitor& visit) {
    const std::int64_t each = predictions_per_text(static_cast<std::int64_t>(all.size()), batch.batch);
    const auto at_once = static_cast<std::size_t>(each * batch.batch);
    RunShape shape = shape_of(Want::Tokens, batch);
    shape.predictions = each;
    Session& session = prepared(shape, texts, batch, packed);
    std::vector<std::int32_t> rows(at_once);
    for (; !all.empty(); all = all.subspan(std::min(at_once, all.size()))) {
      const std::span<const Prediction> now = all.first(std::min(at_once, all.size()));
      std::ranges::fill(rows, 0);
      std::ranges::transform(now, rows.begin(), &Prediction::row);
      session.write("head_rows", std::as_bytes(std::span(rows)));
      session.step();
      const Tensor logits = session.read(kOutput);
      const auto V = static_cast<std::size_t>(config.vocab_size);
      for (std::size_t i = 0; i < now.size(); ++i)
        visit(now[i].text, now[i].place, logits.values<float>().subspan(i * V, V));
    }
  }
};

BertRunner::BertRunner(const Device& device, const BertModel& model, const BertRunnerOptions& options)
    : state_(std::make_unique<State>(model.config, model.head, options)) {
  // The smallest model that has the weights as a state; what runs shares them.
  Graph graph;
  graph.output(kOutput, view(ParameterArena(graph, state_->layout).flat(), {1}));
  state_->own.emplace(device, graph);
  state_->own->write("parameters", model.weights);
  state_->weights = &*state_->own;
}

BertRunner::BertRunner(const Session& sharing, const BertConfig& config, BertHead head,
                       const BertRunnerOptions& options)
    : state_(std::make_unique<State>(config, head, options)) {
  const std::int64_t wanted = state_->layout.element_count(), given = sharing.desc("parameters").shape.element_count();
  if (wanted != given)
    throw Error(ErrorKind::Usage,
                fmt::format("{} of this configuration has {} parameters in its arena; the session has "
                            "{}: give the configuration and the head that it was made with",
                            architecture(head), wanted, given));
  state_->weights = &sharing;
}

BertRunner::~BertRunner() = default;
BertRunner::BertRunner(BertRunner&&) noexcept = default;
BertRunner& BertRunner::operator=(BertRunner&&) noexcept = default;

const BertConfig& BertRunner::config() const { return state_->config; }
BertHead BertRunner::head() const { return state_->head; }
const BertRunnerOptions& BertRunner::options() const { return state_->options; }

std::vector<Tensor> BertRunner::logits(std::span<const Encoding> texts) {
  const BertHead head = state_->head;
  if (!has_logits(head))
    throw Error(ErrorKind::Usage,
                fmt::format("{} has no classifier; load the model with the head that is wanted", architecture(head)));
  const bool pools = head != BertHead::QuestionAnswering && head != BertHead::TokenClassification;
  std::vector<Tensor> results(texts.size());
  state_->for_each_batch(texts, [&](const TextBatch& batch, const PackedRows& rows) {
    Session& session = state_->prepared(shape_of(Want::Logits, batch), texts, batch, rows);
    if (pools) write_first_rows(session, batch, rows.starts);
    session.step();
    const Tensor all = session.read(kOutput);
    for (std::size_t b = 0; b < batch.texts.size(); ++b) {
      const auto n = static_cast<std::int64_t>(texts[batch.texts[b]].ids.size());
      results[batch.texts[b]] = logits_of(head, all, static_cast<std::int64_t>(b), rows.starts[b], n);
    }
  });
  return results;
}

void BertRunner::token_logits(std::span<const Encoding> texts, std::span<const std::vector<std::int32_t>> positions,
                              const TokenVisitor& visit) {
  if (!has_mlm(state_->head))
    throw Error(ErrorKind::Usage, fmt::format("{} has no masked language model head; take a BertForMaskedLM",
                                              architecture(state_->head)));
  if (positions.size() != texts.size())
    throw Error(ErrorKind::Usage, fmt::format("{} texts and {} lists of positions; give one list a text", texts.size(),
                                              positions.size()));
  state_->for_each_batch(texts, [&](const TextBatch& batch, const PackedRows& rows) {
    const std::vector<Prediction> all = predictions_of(batch, texts, rows.starts, positions);
    if (!all.empty()) state_->predict(batch, rows, texts, all, visit);
  });
}

std::vector<Tensor> BertRunner::hidden_states(std::span<const Encoding> texts, std::int64_t layer) {
  const std::int64_t index = state_->layer_index(layer);
  std::vector<Tensor> results(texts.size());
  state_->for_each_batch(texts, [&](const TextBatch& batch, const PackedRows& rows) {
    RunShape shape = shape_of(Want::Hidden, batch);
    shape.layer = index;
    Session& session = state_->prepared(shape, texts, batch, rows);
    session.step();
    const Tensor all = session.read(kOutput);
    for (std::size_t b = 0; b < batch.texts.size(); ++b) {
      const auto n = static_cast<std::int64_t>(texts[batch.texts[b]].ids.size());
      results[batch.texts[b]] = rows_of(all, rows.starts[b], n);
    }
  });
  return results;
}

Tensor BertRunner::sentence_vectors(std::span<const Encoding> texts, const SentencePooling& pooling,
                                    std::int64_t layer, std::int64_t prompt_tokens) {
  using Mode = SentencePooling::Mode;
  const std::int64_t index = state_->layer_index(layer), width = pooling.width(state_->config.hidden_size);
  const std::int64_t linear = std::ranges::count_if(pooling.modes, [](Mode mode) { return mode != Mode::Max; });
  const Want want = !pooling.has(Mode::Max) ? Want::Pooled : linear == 0 ? Want::Hidden : Want::PooledAndHidden;
  Tensor results(DType::f32, {static_cast<std::int64_t>(texts.size()), width});
  state_->for_each_batch(texts, [&](const TextBatch& batch, const PackedRows& rows) {
    RunShape shape = shape_of(want, batch);
    shape.layer = index;
    shape.poolings = linear;
    Session& session = state_->prepared(shape, texts, batch, rows);
    const std::vector<std::int32_t> lengths = lengths_of(texts, batch);
    if (pools(want)) {
      const Tensor weights = pooling.weights(lengths, batch.length, prompt_tokens);
      session.write("pooling", packed_weights(weights, batch, rows.starts));
    }
    session.step();
    const Tensor pooled = pools(want) ? session.read(kPooled) : Tensor();
    const Tensor hidden = want == Want::Pooled ? Tensor() : session.read(kOutput);
    const PooledBatch parts{pooling, pooled, hidden, rows.starts, state_->config.hidden_size};
    for (std::size_t b = 0; b < batch.texts.size(); ++b) {
      const std::size_t text = batch.texts[b];
      const std::span<float> row = results.values<float>().subspan(text * static_cast<std::size_t>(width),
                                                                  static_cast<std::size_t>(width));
      if (!parts.join(b, static_cast<std::size_t>(prompt_tokens), static_cast<std::size_t>(lengths[b]), row))
        throw Error(ErrorKind::Input,
                    fmt::format("text {}: its {} tokens are all of the prompt, and of none there is no largest; take "
                                "another prompt",
                                text, lengths[b]));
    }
  });
  return results;
}

}  // namespace scoria
