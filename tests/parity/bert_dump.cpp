// bert_dump: runs one case of bert_parity.py and writes everything that is compared.
//
//   bert_dump DEVICE CASE_FOLDER RESULT.safetensors STEPS LEARNING_RATE
//
// The case holds config.json (no dropout), model.safetensors and batch.safetensors. Written: mlm_logits, nsp_logits,
// losses, "gradient.NAME" of the first step, and "stepped.NAME", the weights after STEPS steps of AdamW on that batch.
#include <fmt/format.h>

#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "scoria/io/safetensors.h"
#include "scoria/session.h"
#include "train/training_graphs.h"

namespace {

using namespace scoria;

struct Case {
  BertConfig config;
  BertBatchShape shape;
  SafetensorsFile batch;
  ParameterLayout layout;
  Tensor parameters;

  explicit Case(const std::filesystem::path& folder)
      : config(BertConfig::load(folder / "config.json")),
        batch((folder / "batch.safetensors").string()),
        layout(bert_parameters(config)),
        parameters(DType::f32, {layout.element_count()}) {
    shape.batch = batch.find("lengths")->shape[0];
    shape.sequence_length = batch.find("input_ids")->shape[0] / shape.batch;
    shape.predictions = batch.find("masked_labels")->shape[0] / shape.batch;
    const SafetensorsFile weights((folder / "model.safetensors").string());
    const ParameterReport report = load_parameters(weights, layout, parameters.values<float>());
    if (!report.to_string().empty()) throw std::runtime_error(report.to_string());
  }

  void write_inputs(Session& session) const {
    for (const char* name : {"input_ids", "segments", "lengths", "head_rows", "masked_labels", "next_sentence_labels",
                             "mlm_denominator", "nsp_denominator"}) {
      session.write(name, batch.read(name));
    }
  }
};

/// The tensors that a result file will hold, with the memory they look into.
struct Results {
  std::vector<Tensor> tensors;
  std::vector<SafetensorsItem> items;

  Results() { tensors.reserve(64); }
  void add(const std::string& name, Tensor tensor) {
    tensors.push_back(std::move(tensor));
    items.push_back({name, tensors.back().desc(), tensors.back().bytes()});
  }
  void add_arena(const ParameterLayout& layout, const std::string& prefix, Tensor arena) {
    tensors.push_back(std::move(arena));
    for (SafetensorsItem& item : parameter_items(layout, tensors.back().values<float>(), prefix)) items.push_back(item);
  }
};

void run_forward(const Device& device, const Case& c, Results& results) {
  Graph graph;
  const ParameterArena arena(graph, c.layout);
  const BertPretraining model = bert_pretraining(graph, c.config, c.shape, arena, false);
  const std::pair<const char*, Value> outputs[] = {{"sequence_output", model.sequence_output},
                                                   {"mlm_logits", model.mlm_logits},
                                                   {"nsp_logits", model.nsp_logits},
                                                   {"loss", model.loss},
                                                   {"mlm_loss", model.mlm_loss},
                                                   {"nsp_loss", model.nsp_loss},
                                                   {"mlm_correct", model.mlm_correct},
                                                   {"nsp_correct", model.nsp_correct}};
  for (const auto& [name, value] : outputs) graph.output(name, value);
  Session session(device, graph);
  session.write("parameters", c.parameters);
  c.write_inputs(session);
  session.step();
  for (const auto& [name, value] : outputs) results.add(name, session.read(name));
}

void run_steps(const Device& device, const Case& c, int steps, float rate, Results& results) {
  TrainingSettings settings;
  settings.learning_rate = {rate, 0, steps, LearningRateOptions::Decay::Constant};
  settings.optimizer.eps = 1e-6f;
  Session session(device, make_step_graph(c.config, c.shape, c.layout, settings));
  session.write("parameters", c.parameters);
  session.write("decay_blocks", c.layout.decay_blocks());
  for (int step = 0; step < steps; ++step) {
    c.write_inputs(session);
    session.step();
    if (step == 0) results.add_arena(c.layout, "gradient.", session.read("gradients"));
  }
  results.add_arena(c.layout, "stepped.", session.read("parameters"));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    fmt::print(stderr, "usage: bert_dump DEVICE CASE_FOLDER RESULT.safetensors STEPS LEARNING_RATE\n");
    return 1;
  }
  try {
    const Device device = Device::open(argv[1]);
    const Case c(argv[2]);
    Results results;
    run_forward(device, c, results);
    run_steps(device, c, std::stoi(argv[4]), std::stof(argv[5]), results);
    write_safetensors(argv[3], results.items);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bert_dump: {}\n", error.what());
    return 2;
  }
}
