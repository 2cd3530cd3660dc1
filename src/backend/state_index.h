#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "scoria/error.h"
#include "scoria/tensor.h"

namespace scoria {

/// Which block of a StateStore each state is, by name.
class StateIndex {
 public:
  /// Absent for a name that is new. Throws Error (Usage) if the name is known with another desc.
  std::optional<std::uint32_t> find(const std::string& name, const TensorDesc& desc) const {
    const auto known = blocks_.find(name);
    if (known == blocks_.end()) return std::nullopt;
    const TensorDesc& has = descs_[known->second];
    if (has == desc) return known->second;
    throw Error(ErrorKind::Usage, fmt::format("state \"{}\": known as {}, and asked for as {}; give one of them another "
                                              "name",
                                              name, has.to_string(), desc.to_string()));
  }

  /// Numbers a new state.
  std::uint32_t add(const std::string& name, const TensorDesc& desc) {
    const auto block = static_cast<std::uint32_t>(descs_.size());
    blocks_.emplace(name, block);
    descs_.push_back(desc);
    return block;
  }

  const TensorDesc& desc(std::uint32_t block) const { return descs_[block]; }

 private:
  std::map<std::string, std::uint32_t> blocks_;
  std::vector<TensorDesc> descs_;
};

}  // namespace scoria
