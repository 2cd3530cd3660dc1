#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "support/op_case.h"

namespace scoria::test {

/// A case on a backend, with everything watched: memory holds NaN before each run, the bytes between tensors are
/// looked at afterwards, and so are the inputs.
class DeviceRun {
 public:
  DeviceRun(Backend& backend, const OpCase& op_case);

  /// Writes inputs and states, fills all other memory with NaN, runs once.
  void run();
  std::vector<double> output(std::size_t i) const;
  std::vector<double> state(const std::string& name) const;
  /// All outputs and states as they lie in memory, to compare two runs.
  std::vector<std::byte> result_bytes() const;
  /// What was written where nothing should be: "" when all is well.
  std::string damage() const;
  const Program& program() const { return program_; }

 private:
  std::string damage_between(Space space, std::uint32_t block, std::uint64_t bytes) const;
  bool is_updated(const Region& region) const;

  const OpCase& op_case_;
  Program program_;
  std::shared_ptr<StateStore> states_;
  std::unique_ptr<Executable> executable_;
};

}  // namespace scoria::test
