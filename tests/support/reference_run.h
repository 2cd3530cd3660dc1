#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/node.h"
#include "support/op_case.h"

namespace scoria::test {

/// A case computed in double by the references of its ops, apart from planner and backends: the oracle.
class ReferenceRun {
 public:
  /// `given` are the elements of the case's inputs and states, in the case's order.
  ReferenceRun(const OpCase& op_case, const std::vector<std::vector<double>>& given);
  explicit ReferenceRun(const OpCase& op_case);

  const std::vector<double>& of(Value value) const { return tensors_[value.node()][value.output()].values; }
  /// What a state holds after the step.
  const std::vector<double>& state(const std::string& name) const { return states_.at(name); }

 private:
  void run(const OpCase& op_case, const std::vector<std::vector<double>>& given);
  void run_node(const GraphData& graph, NodeId id);

  std::vector<std::vector<ReferenceTensor>> tensors_;  // by node, by output
  std::map<Edge, std::string> state_of_;               // every value that is a state, before or after updates
  std::map<std::string, std::vector<double>> states_;
};

/// The case's own data, one list for each input and state.
std::vector<std::vector<double>> given_values(const OpCase& op_case);

}  // namespace scoria::test
