// attention and its gradient in double, as their formulas read.

#include <algorithm>
#include <cmath>

#include "ops/attention.h"

namespace scoria {
namespace {

// One head of one sequence: plain loops over queries and keys.
struct Head {
  AttentionProblem p;
  std::int64_t sequence, head, first, rows, keys;
  double scale;
  const ReferenceArgs& args;
  std::size_t rng_at;

  Head(const ReferenceArgs& a, const AttentionProblem& problem, std::int64_t b, std::int64_t h, std::size_t lengths_at,
       std::size_t rng_input)
      : p(problem),
        sequence(b),
        head(h),
        first(attention_span(p, a.inputs[lengths_at]->values.data(), b).first),
        rows(attention_span(p, a.inputs[lengths_at]->values.data(), b).rows),
        keys(attention_span(p, a.inputs[lengths_at]->values.data(), b).keys),
        scale(1.0 / std::sqrt(static_cast<double>(problem.size))),
        args(a),
        rng_at(rng_input) {}

  std::int64_t token(std::int64_t i) const { return first + i; }
  // Element d of row i of Q (part 0), K (1) or V (2).
  std::size_t at(std::int64_t part, std::int64_t i, std::int64_t d = 0) const {
    return static_cast<std::size_t>((token(i) * 3 + part) * p.hidden() + head * p.size + d);
  }
  std::size_t context_at(std::int64_t i, std::int64_t d = 0) const {
    return static_cast<std::size_t>(token(i) * p.hidden() + head * p.size + d);
  }
  double qkv(std::int64_t part, std::int64_t i, std::int64_t d) const { return args.inputs[0]->values[at(part, i, d)]; }

  double score(std::int64_t query, std::int64_t key) const {
    double sum = 0;
    for (std::int64_t d = 0; d < p.size; ++d) sum += qkv(0, query, d) * qkv(1, key, d);
    return scale * sum;
  }

  // Probabilities of one query; returns their log-sum-exp.
  double softmax(std::int64_t query, std::vector<double>& probabilities) const {
    probabilities.resize(static_cast<std::size_t>(keys));
    for (std::int64_t key = 0; key < keys; ++key) probabilities[key] = score(query, key);
    const double most = *std::max_element(probabilities.begin(), probabilities.end());
    double sum = 0;
    for (double& x : probabilities) sum += x = std::exp(x - most);
    for (double& x : probabilities) x /= sum;
    return most + std::log(sum);
  }

  // What dropout multiplies each probability of a query with.
  std::vector<double> factors(std::int64_t query) const {
    std::vector<double> result(static_cast<std::size_t>(keys), 1.0);
    if (p.threshold == 0) return result;
    std::uint32_t rng[4];
    for (std::size_t i = 0; i < 4; ++i) rng[i] = static_cast<std::uint32_t>(args.inputs[rng_at]->values[i]);
    const DropoutStream stream(rng, p.site);
    std::vector<std::uint16_t> lanes(result.size());
    dropout_lanes(stream, p.first_element(stream, sequence, query, head), lanes.size(), lanes.data());
    for (std::size_t key = 0; key < lanes.size(); ++key) {
      result[key] = lanes[key] >= p.threshold ? 65536.0 / (65536.0 - p.threshold) : 0.0;
    }
    return result;
  }
};

template <typename Body>
void for_heads(const ReferenceArgs& args, std::size_t lengths_at, std::size_t rng_at, Body body) {
  const AttentionProblem p =
      attention_problem(args.inputs[0]->desc.shape, args.inputs[lengths_at]->desc.shape, args.attributes);
  for (std::int64_t b = 0; b < p.batch; ++b) {
    for (std::int64_t h = 0; h < p.heads; ++h) body(Head(args, p, b, h, lengths_at, rng_at));
  }
}

void head_forward(const Head& head, const ReferenceArgs& args) {
  std::vector<double> probabilities;
  for (std::int64_t query = 0; query < head.rows; ++query) {
    const double lse = head.softmax(query, probabilities);
    const std::vector<double> factors = head.factors(query);
    args.outputs[1].values[head.token(query) * head.p.heads + head.head] = lse;
    for (std::int64_t d = 0; d < head.p.size; ++d) {
      double sum = 0;
      for (std::int64_t key = 0; key < head.keys; ++key) sum += probabilities[key] * factors[key] * head.qkv(2, key, d);
      args.outputs[0].values[head.context_at(query, d)] = sum;
    }
  }
}

// With P' = P * factors: dV = P'^T dO; dP = (dO V^T) * factors; dS = P * (dP - sum(P * dP)); dQ = dS K, dK = dS^T Q.
void head_backward(const Head& head, const ReferenceArgs& args) {
  const std::vector<double>& dcontext = args.inputs[attention_grad_input::Dcontext]->values;
  std::vector<double>& dqkv = args.outputs[0].values;
  const std::int64_t size = head.p.size;
  std::vector<double> probabilities, dp(static_cast<std::size_t>(head.keys));
  for (std::int64_t query = 0; query < head.rows; ++query) {
    head.softmax(query, probabilities);
    const std::vector<double> factors = head.factors(query);
    double sum = 0;
    for (std::int64_t key = 0; key < head.keys; ++key) {
      dp[key] = 0;
      for (std::int64_t d = 0; d < size; ++d) {
        const double dout = dcontext[head.context_at(query, d)];
        dp[key] += dout * head.qkv(2, key, d);
        dqkv[head.at(2, key, d)] += probabilities[key] * factors[key] * dout;
      }
      dp[key] *= factors[key];
      sum += probabilities[key] * dp[key];
    }
    for (std::int64_t key = 0; key < head.keys; ++key) {
      const double ds = head.scale * probabilities[key] * (dp[key] - sum);
      for (std::int64_t d = 0; d < size; ++d) {
        dqkv[head.at(0, query, d)] += ds * head.qkv(1, key, d);
        dqkv[head.at(1, key, d)] += ds * head.qkv(0, query, d);
      }
    }
  }
}

}  // namespace

void attention_reference(const ReferenceArgs& args) {
  for_heads(args, attention_input::Lengths, attention_input::Rng, [&](const Head& head) { head_forward(head, args); });
}

void attention_grad_reference(const ReferenceArgs& args) {
  for_heads(args, attention_grad_input::Lengths, attention_grad_input::Rng,
            [&](const Head& head) { head_backward(head, args); });
}

}  // namespace scoria
