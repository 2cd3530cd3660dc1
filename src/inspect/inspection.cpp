#include "scoria/inspect/inspection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "inspect/measures.h"
#include "inspect/token_flow.h"
#include "scoria/error.h"
#include "scoria/session.h"

namespace scoria {
namespace {

void check(const BertModel& model, const Tokenizer& tokenizer, const InspectionOptions& options) {
  const BertConfig& config = model.config;
  if (tokenizer.size() > config.vocab_size) {
    throw Error(ErrorKind::Input,
                fmt::format("the vocabulary has {} tokens, the model {}; take the model's own vocabulary",
                            tokenizer.size(), config.vocab_size));
  }
  if (options.text_b && config.type_vocab_size < 2)
    throw Error(ErrorKind::Usage, "a pair of texts, but the model has one segment; give one text");
  if (options.top_k < 1)
    throw Error(ErrorKind::Usage, fmt::format("{} predictions a place; ask for at least 1", options.top_k));
  const std::int64_t least = options.text_b ? 3 : 2;
  if (config.max_position_embeddings < least) {
    throw Error(ErrorKind::Input, fmt::format("the model has {} positions; [CLS] and [SEP] alone take {}",
                                              config.max_position_embeddings, least));
  }
}

/// Copies a value that was read into its place in a larger array.
void place(const Tensor& part, Tensor& whole, std::int64_t index) {
  std::memcpy(whole.bytes().data() + static_cast<std::size_t>(index) * part.bytes().size(), part.bytes().data(),
              part.bytes().size());
}

Tensor ids_tensor(const std::vector<std::int32_t>& ids) {
  return Tensor::from({static_cast<std::int64_t>(ids.size())}, std::span<const std::int32_t>(ids));
}

std::string hidden_name(std::int64_t layer) { return fmt::format("hidden.{}", layer); }
std::string attention_name(std::int64_t layer) { return fmt::format("attention.{}", layer); }

/// The encoder with every layer's states and attention as outputs; the head's parameters are there and not used.
Graph make_graph(const BertModel& model, std::int64_t S) {
  Graph graph;
  const BertBatchShape shape{.batch = 1, .sequence_length = S};
  const ParameterArena arena(graph, model.layout);
  const BertForward forward = bert_forward(graph, model.config, BertHead::Encoder, shape, arena, false);
  for (std::int64_t i = 0; i <= model.config.num_hidden_layers; ++i)
    graph.output(hidden_name(i), forward.hidden_states[static_cast<std::size_t>(i)]);
  for (std::int64_t i = 0; i < model.config.num_hidden_layers; ++i)
    graph.output(attention_name(i), bert_attention(forward, model.config, shape, arena, i));
  return graph;
}

void run_encoder(Session& session, const BertModel& model, Inspection& seen) {
  const std::int64_t S = seen.tokens.size(), L = seen.layers(), A = seen.heads();
  session.write("parameters", model.weights);
  session.write("input_ids", ids_tensor(seen.tokens.ids));
  session.write("segments", ids_tensor(seen.tokens.segments));
  session.write("lengths", ids_tensor({static_cast<std::int32_t>(S)}));
  session.step();
  seen.hidden = Tensor(DType::f32, {L + 1, S, model.config.hidden_size});
  seen.attention = Tensor(DType::f32, {L, A, S, S});
  for (std::int64_t i = 0; i <= L; ++i) place(session.read(hidden_name(i)), seen.hidden, i);
  for (std::int64_t i = 0; i < L; ++i) place(session.read(attention_name(i)), seen.attention, i);
}

/// The most probable of a row of logits, ties to the lower id.
void append_top(std::span<const float> logits, const Tokenizer& tokenizer, std::int64_t count,
                std::vector<TokenPrediction>& out) {
  std::vector<std::int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  const auto more_probable = [&](std::int32_t a, std::int32_t b) {
    const float x = logits[static_cast<std::size_t>(a)], y = logits[static_cast<std::size_t>(b)];
    return x != y ? x > y : a < b;
  };
  std::partial_sort(order.begin(), order.begin() + count, order.end(), more_probable);
  const double largest = logits[static_cast<std::size_t>(order.front())];
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - largest);
  for (std::int64_t rank = 0; rank < count; ++rank) {
    const std::int32_t id = order[static_cast<std::size_t>(rank)];
    const double part = std::exp(static_cast<double>(logits[static_cast<std::size_t>(id)]) - largest) / sum;
    // A model may have rows beyond its vocabulary, to round its size up.
    const std::string token = id < tokenizer.size() ? tokenizer.token(id) : fmt::format("[{}]", id);
    out.push_back({id, token, static_cast<float>(part)});
  }
}

void run_lens(const Session& encoder, const BertModel& model, const Tokenizer& tokenizer, std::int64_t top_k,
              Inspection& seen) {
  const std::int64_t S = seen.tokens.size(), H = model.config.hidden_size;
  Graph graph;
  const ParameterArena arena(graph, model.layout);
  const Value rows = graph.input("rows", {DType::f32, {S, H}});
  graph.output("logits", bert_mlm_logits(model.config, arena, rows));
  Session lens(encoder, graph);
  seen.top_k = std::min(top_k, model.config.vocab_size);
  const std::size_t layer_bytes = static_cast<std::size_t>(S * H) * sizeof(float);
  for (std::int64_t layer = 0; layer <= seen.layers(); ++layer) {
    lens.write("rows", std::span<const std::byte>(seen.hidden.bytes())
                           .subspan(static_cast<std::size_t>(layer) * layer_bytes, layer_bytes));
    lens.step();
    const Tensor logits = lens.read("logits");
    for (std::int64_t s = 0; s < S; ++s) append_top(row_of(logits, s), tokenizer, seen.top_k, seen.predictions);
  }
}

void measure_path(Inspection& seen) {
  const std::int64_t L = seen.layers(), S = seen.tokens.size();
  std::vector<std::span<const float>> states;
  for (std::int64_t layer = 0; layer <= L; ++layer) states.push_back(row_of(seen.hidden, layer * S));
  seen.cls_cosine = Tensor(DType::f32, {L});
  for (std::size_t i = 0; i + 1 < states.size(); ++i)
    seen.cls_cosine.values<float>()[i] = static_cast<float>(cosine(states[i], states[i + 1]));
  const PrincipalPlane plane = principal_plane(states);
  seen.cls_variance = plane.variance;
  seen.cls_path = Tensor(DType::f32, {L + 1, 2});
  for (std::size_t i = 0; i < states.size(); ++i)
    for (std::size_t axis = 0; axis < 2; ++axis)
      seen.cls_path.values<float>()[i * 2 + axis] = static_cast<float>(plane.points[i][axis]);
}

void check_finite(const Inspection& seen) {
  for (const float x : seen.hidden.values<float>()) {
    if (!std::isfinite(x))
      throw Error(ErrorKind::Numeric, "the model's hidden states are not finite; its weights are damaged");
  }
}

}  // namespace

std::span<const TokenPrediction> Inspection::predicted(std::int64_t layer, std::int64_t token) const {
  const std::int64_t S = tokens.size();
  if (predictions.empty() || layer < 0 || layer > layers() || token < 0 || token >= S) {
    throw Error(ErrorKind::Usage, fmt::format("no predictions of layer {} for token {}: there are {} layers, {} tokens "
                                              "and {} predictions",
                                              layer, token, layers(), S, predictions.size()));
  }
  return std::span(predictions)
      .subspan(static_cast<std::size_t>((layer * S + token) * top_k), static_cast<std::size_t>(top_k));
}

Inspection inspect(const BertModel& model, const Tokenizer& tokenizer, const Device& device,
                   const InspectionOptions& options) {
  check(model, tokenizer, options);
  Inspection seen;
  seen.config = model.config;
  seen.head = model.head;
  seen.device = device.info().name;
  seen.tokens = make_token_flow(tokenizer, options, model.config.max_position_embeddings);
  Session session(device, make_graph(model, seen.tokens.size()));
  run_encoder(session, model, seen);
  check_finite(seen);
  if (model.layout.has("cls.predictions.bias")) run_lens(session, model, tokenizer, options.top_k, seen);
  seen.entropy = mean_entropy(seen.attention);
  seen.norms = token_norms(seen.hidden);
  seen.similarity = similarity_to_first(seen.hidden);
  measure_path(seen);
  return seen;
}

Tensor attention_with_means(const Inspection& inspection) {
  const std::int64_t L = inspection.layers(), A = inspection.heads(), S = inspection.tokens.size();
  Tensor out(DType::f32, {L + 1, A + 1, S, S});
  const std::span<float> maps = out.values<float>();
  const std::span<const float> attention = inspection.attention.values<float>();
  const auto size = static_cast<std::size_t>(S * S);
  const auto add = [&](std::int64_t layer, std::int64_t head, std::span<const float> map, std::int64_t parts) {
    const std::span<float> sum = maps.subspan(static_cast<std::size_t>(layer * (A + 1) + head) * size, size);
    const float share = 1.0f / static_cast<float>(parts);
    for (std::size_t i = 0; i < size; ++i) sum[i] += share * map[i];
  };
  for (std::int64_t layer = 0; layer < L; ++layer) {
    for (std::int64_t head = 0; head < A; ++head) {
      const std::span<const float> map = attention.subspan(static_cast<std::size_t>(layer * A + head) * size, size);
      add(layer, head, map, 1);
      add(layer, A, map, A);
      add(L, head, map, L);
      add(L, A, map, L * A);
    }
  }
  return out;
}

}  // namespace scoria
