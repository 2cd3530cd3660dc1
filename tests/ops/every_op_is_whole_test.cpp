#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "backend/vulkan/shaders.h"
#include "graph/node.h"
#include "passes/pipeline.h"
#include "support/kernel_choices.h"
#include "train/training_graphs.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;

fs::path source_root() { return fs::path(__FILE__).parent_path().parent_path().parent_path(); }

std::string read(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// All files of a folder whose name ends so, one after the other.
std::string read_all(const fs::path& folder, const std::string& ending) {
  std::string text;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool ends_so =
        name.size() >= ending.size() && name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
    if (ends_so && name != "every_op_is_whole_test.cpp") text += read(entry.path());
  }
  return text;
}

bool has_word(const std::string& text, const std::string& word) {
  return std::regex_search(text, std::regex("\\b" + word + "\\b"));
}

/// An OpCheck of an op checks its gradient's op too.
std::string checked_name(const std::string& name) {
  const std::size_t suffix = name.rfind("_grad");
  return suffix != std::string::npos && suffix + 5 == name.size() ? name.substr(0, suffix) : name;
}

/// True if ops.h declares a function of this name, with a manual above it.
bool is_in_the_manual(const std::string& manual, const std::string& name) {
  std::istringstream lines(manual);
  std::string line;
  bool documented = false;
  const std::regex declaration("^(Value|std::vector<Value>|[A-Z][A-Za-z]*) " + name + "\\(.*");
  while (std::getline(lines, line)) {
    if (std::regex_match(line, declaration)) return documented;
    documented = line.rfind("///", 0) == 0;
  }
  return false;
}

bool is_view(const OpDef& op) { return op.aliases.size() == 1 && op.aliases.front().kind == AliasKind::View; }

/// The graphs of training and evaluation: between them nearly every op is in use.
std::vector<Graph> training_graphs() {
  const BertConfig config = BertConfig::preset("tiny");
  const ParameterLayout layout(bert_parameters(config));
  const BertBatchShape shape{.batch = 2, .sequence_length = 64, .predictions = 10};
  return {make_step_graph(config, shape, layout, {}), run_passes(make_step_graph(config, shape, layout, {})),
          run_passes(make_pass_graph(config, shape, layout)), make_update_graph(layout, {}),
          make_evaluation_graph(config, shape, layout)};
}

}  // namespace

TEST_CASE("every op is whole") {
  const std::string manual = read(source_root() / "include/scoria/ops.h");
  const std::string tests = read_all(source_root() / "tests/ops", "_test.cpp");
  const std::string sources = read_all(source_root() / "src/ops", ".cpp");
  int ops = 0;
  for (const OpDef* op : op_table()) {
    const std::string name(op->name);
    CAPTURE(name);
    ++ops;
    CHECK(std::regex_match(name, std::regex("[a-z][a-z0-9_]*")));
    CHECK((op->infer != nullptr));
    CHECK((op->reference != nullptr));
    CHECK_MESSAGE((op->grad != nullptr) != !op->no_grad.empty(), "a gradient, or the reason why there is none");
    CHECK_MESSAGE(op->kernels.empty() == is_view(*op), "kernels, but for a view");
    std::set<std::string_view> kernels;
    for (const KernelChoice& choice : op->kernels) CHECK(kernels.insert(choice.name).second);
    CHECK_MESSAGE(is_in_the_manual(manual, name), "declared in ops.h, with its contract above");
    CHECK_MESSAGE(has_word(sources, name + "_registered"), "registered in src/ops");
    CHECK_MESSAGE((has_word(tests, name) || has_word(tests, checked_name(name))), "named in a test of tests/ops");
  }
  CHECK(ops > 30);
  MESSAGE(ops << " ops");
}

TEST_CASE("every kernel of a training step fits every pretended device and names a shader that was built") {
  std::set<std::string> shaders;
  std::set<std::string_view> ops;
  for (const Graph& graph : training_graphs()) {
    for (const DeviceCaps& caps : test::pretended_devices()) {
      CHECK(test::kernel_plan_fault(graph, caps, [](std::string_view) { return true; }) == "");
      for (const Node& node : graph.data().nodes) {
        ops.insert(node.op->name);
        const std::vector<TensorDesc> inputs = input_descs(graph.data(), node);
        for (const KernelChoice& choice : node.op->kernels) {
          const auto planned = choice.plan({node.op->name, node.label, inputs, node.outputs, node.attributes}, caps);
          const KernelPlan* plan = std::get_if<KernelPlan>(&planned);
          if (!plan) continue;
          for (const Dispatch& dispatch : plan->dispatches) shaders.insert(dispatch.shader);
        }
      }
    }
  }
  for (const std::string& shader : shaders) CHECK_MESSAGE(!find_shader(shader).empty(), shader);
  CHECK(shaders.size() > 20);
  MESSAGE(shaders.size() << " shaders of " << ops.size() << " ops");
}

}  // namespace scoria
