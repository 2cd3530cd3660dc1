#include "compile.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "scoria/doctor.h"
#include "scoria/model/bert.h"
#include "train/training_graphs.h"

using namespace scoria;
using nlohmann::ordered_json;

namespace {

void add_bert(const char* preset, const BertBatchShape& shape, std::vector<Graph>& graphs) {
  const BertConfig config = BertConfig::preset(preset);
  const ParameterLayout layout(bert_parameters(config));
  graphs.push_back(make_step_graph(config, shape, layout, {}));
  graphs.push_back(make_pass_graph(config, shape, layout));
  graphs.push_back(make_update_graph(layout, {}));
  graphs.push_back(make_evaluation_graph(config, shape, layout));
}

std::vector<Graph> all_graphs() {
  std::vector<Graph> graphs = self_test_graphs();
  for (const char* preset : {"tiny", "base"}) {
    for (const BertBatchShape shape : 
         {BertBatchShape{8, 128, 20}, BertBatchShape{64, 128, 20}, BertBatchShape{8, 512, 80}})
      add_bert(preset, shape, graphs);
  }
  return graphs;
}

ordered_json number(std::optional<double> value) { return value ? ordered_json(*value) : ordered_json(); }

ordered_json to_json(const CompiledKernel& k) {
  ordered_json told = ordered_json::object();
  for (const auto& [name, value] : k.told) told[name] = value;
  return {{"kernel", k.kernel},
          {"shader", k.shader},
          {"constants", k.constants},
          {"subgroup_size", k.subgroup_size},
          {"registers", number(k.registers)},
          {"spills", number(k.spills)},
          {"shared_bytes", number(k.shared_bytes)},
          {"scratch_bytes", number(k.scratch_bytes)},
          {"code_bytes", number(k.code_bytes)},
          {"instructions", number(k.instructions)},
          {"waves", number(k.waves)},
          {"told", told}};
}

std::string cell(std::optional<double> value) { return value ? fmt::format("{:.0f}", *value) : "-"; }

void print_row(const CompiledKernel& k) {
  fmt::print("  {:<34} {:<26} {:>8} {:>9} {:>6} {:>6} {:>8} {:>6}  <{}>\n", k.kernel, k.shader, k.subgroup_size,
             cell(k.registers), cell(k.spills), cell(k.shared_bytes), cell(k.code_bytes), cell(k.waves),
             fmt::join(k.constants, " "));
}

}  // namespace

int compile_all(const Device& device, ordered_json& report, bool json) {
  const std::vector<CompiledKernel> kernels = compile_kernels(device, all_graphs());
  report["compile"] = ordered_json::array();
  if (!json)
    fmt::print("\n  {:<34} {:<26} {:>8} {:>9} {:>6} {:>6} {:>8} {:>6}  <constants>\n", "kernel", "shader", "subgroup",
               "registers", "spills", "shared", "code", "waves");
  int spilling = 0;
  for (const CompiledKernel& kernel : kernels) {
    report["compile"].push_back(to_json(kernel));
    if (!json) print_row(kernel);
    if (kernel.spills.value_or(0) > 0 || kernel.scratch_bytes.value_or(0) > 0) ++spilling;
  }
  if (!json) fmt::print("  {} pipelines compiled, {} of them spill to memory\n", kernels.size(), spilling);
  return spilling;
}
