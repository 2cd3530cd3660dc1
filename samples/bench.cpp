// bench: times ops and whole training steps; the same rows as tests/bench/peer_torch.py prints for PyTorch, so that
// tests/bench/compare can join the two.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "io/atomic_write.h"
#include "runtime/roofline.h"
#include "runtime/step_trace.h"
#include "scoria/scoria.h"
#include "support/command_line.h"
#include "support/run_program.h"
#include "support/threads_option.h"
#include "train/training_graphs.h"

using namespace scoria;
using nlohmann::ordered_json;

namespace {

constexpr std::int64_t kUsualMasked = 20;

struct Options {
  std::string device = "auto";
  bool json = false;
  int repeats = 9;
  std::string filter;
  std::string model = "mini";
  std::int64_t batch = 32;
  std::int64_t sequence_length = 128;
  std::optional<std::int64_t> masked;
  std::int64_t vocab_size = 30522;
  std::string precision = "f32";
  bool profile = false;
  std::string trace, roofline;  // paths, or nothing
};

/// A graph with one op in it, named as the peer names it.
struct OpBench {
  std::string name;
  std::string shape;
  std::function<Value(Graph&)> build;
};

Value f32(Graph& graph, std::string name, Shape shape) { return graph.input(std::move(name), {DType::f32, shape}); }

OpBench matmul_bench(std::int64_t m, std::int64_t k, std::int64_t n, bool transpose_a, bool transpose_b) {
  const Shape a = transpose_a ? Shape{k, m} : Shape{m, k}, b = transpose_b ? Shape{n, k} : Shape{k, n};
  return {fmt::format("matmul {}{}", transpose_a ? 't' : 'n', transpose_b ? 't' : 'n'),
          a.to_string() + " x " + b.to_string(), [=](Graph& graph) {
            return matmul(f32(graph, "a", a), f32(graph, "b", b),
                          {.transpose_a = transpose_a, .transpose_b = transpose_b, .bias = {}});
          }};
}

std::vector<OpBench> op_benches() {
  std::vector<OpBench> benches;
  const std::int64_t shapes[][3] = {{1024, 768, 768},  {1024, 768, 2304}, {1024, 768, 3072}, {1024, 3072, 768},
                                    {4096, 256, 1024}, {4096, 256, 256},  {640, 128, 30522}};
  for (const auto& [m, k, n] : shapes) {
    benches.push_back(matmul_bench(m, k, n, false, false));
    benches.push_back(matmul_bench(m, k, n, false, true));
    benches.push_back(matmul_bench(m, k, n, true, false));
  }
  const Shape rows{4096, 768};
  benches.push_back({"layer_norm", "[4096, 768]", [=](Graph& graph) {
                       return layer_norm(f32(graph, "x", rows), f32(graph, "gamma", {768}), f32(graph, "beta", {768}));
                     }});
  benches.push_back({"gelu", "[4096, 768]", [=](Graph& graph) { return gelu(f32(graph, "x", rows)); }});
  benches.push_back(
      {"add", "[4096, 768]", [=](Graph& graph) { return add(f32(graph, "a", rows), f32(graph, "b", rows)); }});
  benches.push_back(
      {"cross_entropy", "[640, 30522]", [](Graph& graph) {
         return cross_entropy(f32(graph, "logits", {640, 30522}), graph.input("labels", {DType::i32, {640}})).loss;
       }});
  benches.push_back({"attention", "[4096, 768] heads 4", [](Graph& graph) {
                       return attention(f32(graph, "qkv", {4096, 768}), graph.input("lengths", {DType::i32, {32}}),
                                        Value(), {.heads = 4, .sequence_length = 128, .dropout = 0, .site = 0});
                     }});
  return benches;
}

/// Small floats for every f32 input, full lengths, labels within range.
void fill_inputs(Session& session) {
  for (const std::string_view name : {"a", "b", "x", "gamma", "beta", "logits", "labels", "qkv", "lengths"}) {
    if (!session.has(name)) continue;
    Tensor tensor(session.desc(name));
    if (tensor.dtype() == DType::f32) {
      std::uint32_t state = 1;
      for (float& value : tensor.values<float>()) {
        state = state * 1664525u + 1013904223u;
        value = static_cast<float>(state >> 8) * 0x1p-24f - 0.5f;
      }
    } else {
      std::ranges::fill(tensor.values<std::int32_t>(), name == "lengths" ? 128 : 1);
    }
    session.write(name, tensor);
  }
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void print_row(const ordered_json& row, bool json) {
  if (json) {
    fmt::print("{}\n", row.dump());
  } else {
    fmt::print("{:16} {:32} {:14} {:10.3f} ms {:9.1f} GFLOP/s {:6.1f} GB/s {:5.1f} % of peak\n",
               row["name"].get<std::string>(), row["shape"].get<std::string>(), row["kernel"].get<std::string>(),
               row["ms"].get<double>(), row["gflops"].get<double>(), row["gbps"].get<double>(),
               100 * row["peak_fraction"].get<double>());
  }
  std::fflush(stdout);
}

void bench_op(const OpBench& bench, const Device& device, const DevicePeaks& peaks, const Options& options) {
  Graph graph;
  const Value result = bench.build(graph);
  graph.output("result", result);
  Session session(device, graph);
  fill_inputs(session);
  for (int i = 0; i < 3; ++i) session.step();
  std::vector<double> times;
  ProfileRow op;
  for (int i = 0; i < options.repeats; ++i) {
    op = session.profile().back();
    times.push_back(op.ms);
  }
  const double ms = median(times), gflops = op.flops / ms / 1e6, gbps = op.bytes / ms / 1e6;
  const double fraction =
      std::max(peaks.gflops > 0 ? gflops / peaks.gflops : 0, peaks.gbps > 0 ? gbps / peaks.gbps : 0);
  print_row({{"name", bench.name},
             {"shape", bench.shape},
             {"dtype", "f32"},
             {"kernel", op.kernel.empty() ? "cpu" : op.kernel},
             {"ms", ms},
             {"gflops", gflops},
             {"gbps", gbps},
             {"peak_fraction", fraction},
             {"bytes_device", session.statistics().device_bytes}},
            options.json);
}

/// A device to measure, and what it can do at most.
struct Measured {
  Device device;
  DevicePeaks peaks;
};

Measured open_measured(const Options& options) {
  const Device device = Device::open(options.device);
  avoid_wrong_kernels(device);
  const DevicePeaks peaks = device.backend().measure_peaks();
  fmt::print(stderr, "bench: on {} ({}); peak {:.1f} GFLOP/s f32, {:.1f} GB/s\n", device.info().name,
             device.choice_reason(), peaks.gflops, peaks.gbps);
  return {device, peaks};
}

void bench_ops(const Options& options) {
  const auto [device, peaks] = open_measured(options);
  for (const OpBench& bench : op_benches()) {
    if (bench.name.find(options.filter) != std::string::npos) bench_op(bench, device, peaks, options);
  }
}

/// Multiply-adds of the model counted as two, forward and backward (twice the forward).
double step_flops(const BertConfig& config, const BertBatchShape& shape) {
  const auto hidden = static_cast<double>(config.hidden_size), length = static_cast<double>(shape.sequence_length);
  const double layer = length * (8 * hidden * hidden + 4 * hidden * static_cast<double>(config.intermediate_size)) +
                       4 * length * length * hidden;
  const double head = static_cast<double>(shape.predictions) *
                      (2 * hidden * hidden + 2 * hidden * static_cast<double>(config.vocab_size));
  const double forward = static_cast<double>(config.num_hidden_layers) * layer + head + 2 * hidden * hidden;
  return 3 * static_cast<double>(shape.batch) * forward;
}

/// Random ids, full lengths, masked positions spread over each sequence.
void write_batch(Session& session, const BertConfig& config, const BertBatchShape& shape) {
  std::vector<std::int32_t> ids, segments, lengths, rows, labels, next;
  std::uint32_t random = 1;
  const auto draw_id = [&] {
    random = random * 1664525u + 1013904223u;
    return static_cast<std::int32_t>(5 + (random >> 8) % static_cast<std::uint32_t>(config.vocab_size - 5));
  };
  for (std::int64_t token = 0; token < shape.tokens(); ++token) {
    ids.push_back(draw_id());
    segments.push_back(token % shape.sequence_length < shape.sequence_length / 2 ? 0 : 1);
  }
  for (std::int64_t i = 0; i < shape.masked(); ++i) {
    const std::int64_t sequence = i / shape.predictions, place = i % shape.predictions;
    rows.push_back(static_cast<std::int32_t>(sequence * shape.sequence_length +
                                             place * shape.sequence_length / shape.predictions));
    labels.push_back(draw_id());
  }
  for (std::int64_t sequence = 0; sequence < shape.batch; ++sequence) {
    lengths.push_back(static_cast<std::int32_t>(shape.sequence_length));
    next.push_back(static_cast<std::int32_t>(sequence % 2));
    rows.push_back(static_cast<std::int32_t>(sequence * shape.sequence_length));
  }
  const auto write = [&](const char* name, const std::vector<std::int32_t>& values) {
    session.write(name, std::as_bytes(std::span(values)));
  };
  write("input_ids", ids);
  write("segments", segments);
  write("lengths", lengths);
  write("head_rows", rows);
  write("masked_labels", labels);
  write("next_sentence_labels", next);
  session.write("mlm_denominator", Tensor::scalar(static_cast<float>(shape.masked())));
  session.write("nsp_denominator", Tensor::scalar(static_cast<float>(shape.batch)));
  session.write("rng", Tensor::from({4}, std::vector<std::uint32_t>{1, 2, 0, 0}));
}

Session make_step_session(const Device& device, const BertConfig& config, const BertBatchShape& shape) {
  const ParameterLayout layout(bert_parameters(config));
  TrainingSettings settings;
  settings.learning_rate = {.peak = 1e-4f, .warmup_steps = 10, .total_steps = 1000000};
  Session session(device, make_step_graph(config, shape, layout, settings));
  session.write("parameters", layout.initial_values(1, config.initializer_range));
  session.write("decay_blocks", layout.decay_blocks());
  write_batch(session, config, shape);
  return session;
}

double wall_ms(Session& session) {
  const auto start = std::chrono::steady_clock::now();
  session.step();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// A program that has other work beside it for a moment measures too low a peak: the larger of two is nearer.
DevicePeaks larger(const DevicePeaks& a, const DevicePeaks& b) {
  return {std::max(a.gflops, b.gflops), std::max(a.gbps, b.gbps)};
}

/// The files that a profile goes to; one that cannot be written is told before anything is measured.
struct ProfileFiles {
  std::optional<PendingFile> trace, roofline;

  explicit ProfileFiles(const Options& options) {
    if (!options.trace.empty()) trace.emplace(options.trace);
    if (!options.roofline.empty()) roofline.emplace(options.roofline);
  }
  bool wanted() const { return trace || roofline; }
  void write(std::span<const ProfileRow> profile, const DevicePeaks& peaks, const std::string& title) {
    if (trace) {
      trace->file().write(step_trace(profile, title));
      trace->commit();
    }
    if (!roofline) return;
    roofline->file().write(roofline_svg(roofline_rows(profile, peaks), peaks, title));
    roofline->commit();
  }
};

void print_profile(std::span<const ProfileRow> profile, const DevicePeaks& peaks, bool json) {
  if (!json) {
    fmt::print("\n{}", roofline_table(profile, peaks));
    return;
  }
  for (const RooflineRow& row : roofline_rows(profile, peaks))
    fmt::print("{}\n", ordered_json{{"name", row.op},
                                    {"kernel", row.kernel.empty() ? "cpu" : row.kernel},
                                    {"nodes", row.nodes},
                                    {"ms", row.ms},
                                    {"gflops", row.gflops()},
                                    {"gbps", row.gbps()},
                                    {"peak_fraction", row.peak_fraction},
                                    {"from_caches", row.in_cache}}
                           .dump());
}

void bench_step(const Options& options) {
  if (options.precision != "f32") {
    throw Error(ErrorKind::Device, fmt::format("--precision {}: the engine computes in f32 only", options.precision));
  }
  const std::int64_t masked = options.masked.value_or(std::min(kUsualMasked, options.sequence_length));
  if (masked > options.sequence_length) {
    throw Error(ErrorKind::Usage,
                fmt::format("--masked {}: a sequence of {} tokens has no so many positions; use {} or less", masked,
                            options.sequence_length, options.sequence_length));
  }
  if (masked < kUsualMasked && !options.masked)
    fmt::print(stderr, "bench: masked: {}, all of a sequence ({} is usual)\n", masked, kUsualMasked);
  BertConfig config = BertConfig::preset(options.model);
  config.vocab_size = options.vocab_size;
  const BertBatchShape shape{options.batch, options.sequence_length, masked};
  ProfileFiles files(options);
  const auto [device, peaks_before] = open_measured(options);
  Session session = make_step_session(device, config, shape);
  for (int i = 0; i < 3; ++i) session.step();
  std::vector<double> times;
  for (int i = 0; i < options.repeats; ++i) times.push_back(wall_ms(session));
  const StepStatistics statistics = session.statistics();
  const DevicePeaks peaks = larger(peaks_before, device.backend().measure_peaks());
  const double ms = median(times), gflops = step_flops(config, shape) / ms / 1e6;
  const double mfu = peaks.gflops > 0 ? gflops / peaks.gflops : 0;
  print_row({{"name", "step " + options.model},
             {"shape", fmt::format("B{} S{}", options.batch, options.sequence_length)},
             {"dtype", options.precision},
             {"kernel", device.info().kind},
             {"ms", ms},
             {"gflops", gflops},
             {"gbps", 0.0},
             {"peak_fraction", mfu},
             {"bytes_device", statistics.device_bytes},
             {"sequences_per_second", 1e3 * static_cast<double>(options.batch) / ms},
             {"tokens_per_second", 1e3 * static_cast<double>(shape.tokens()) / ms},
             {"mfu", mfu},
             {"peak_bytes", statistics.device_bytes},
             {"dispatches", statistics.dispatches},
             {"host_ms_per_step", statistics.host_ms}},
            options.json);
  if (!options.profile && !files.wanted()) return;
  const std::vector<ProfileRow> profile = session.profile();
  if (options.profile) print_profile(profile, peaks, options.json);
  files.write(profile, peaks,
              fmt::format("BERT-{}, {} x {} tokens, {}, a training step", options.model, options.batch,
                          options.sequence_length, device.info().name));
}

void add_common(CLI::App& command, Options& options) {
  command.add_option("--device", options.device, "auto, cpu, an index, a part of a name, or a UUID")
      ->capture_default_str();
  add_threads_option(command);
  command.add_flag("--json", options.json, "One JSON object a row");
  command.add_option("--repeats", options.repeats, "Measured runs; the median counts")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000));
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app{"Times ops and whole training steps.", "bench"};
  app.require_subcommand(1);
  app.footer("Example: bench step --model mini --batch 32 --device cpu --json > ours.jsonl");
  CLI::App* ops = app.add_subcommand("ops", "Matrix products of BERT's shapes, row operations, attention");
  add_common(*ops, options);
  ops->add_option("--filter", options.filter, "Only ops whose name contains this");
  CLI::App* step = app.add_subcommand("step", "A whole training step: forward, backward, clipping, AdamW");
  add_common(*step, options);
  step->add_option("--model", options.model, "tiny, mini, small, medium, base or large")->capture_default_str();
  step->add_option("--batch", options.batch, "Sequences")->capture_default_str()->check(CLI::Range(1, 1 << 20));
  step->add_option("--seq-len", options.sequence_length, "Tokens of each")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 16));
  step->add_option("--masked", options.masked, "Predicted positions of each [20, at most --seq-len]")
      ->check(CLI::Range(1, 1 << 16));
  step->add_option("--vocab-size", options.vocab_size)->capture_default_str()->check(CLI::Range(8, 1 << 22));
  step->add_flag("--profile", options.profile, "Then a row per op and kernel: time, GFLOP/s, GB/s, share of the peak");
  step->add_option("--trace", options.trace, "Write one step, node by node, as JSON for ui.perfetto.dev to this file");
  step->add_option("--roofline", options.roofline, "Draw ops under the device's roof (SVG) into this file");
  step->add_option("--precision", options.precision, "f32")->capture_default_str();
  if (const auto code = read_command_line(app, argc, argv)) return *code;
  if (*ops) bench_ops(options);
  if (*step) bench_step(options);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("bench", "take a smaller --batch or --model", [&] { return run(argc, argv); });
}
