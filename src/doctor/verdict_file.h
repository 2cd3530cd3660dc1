#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace scoria {

/// Op and kernel.
using WrongKernels = std::vector<std::pair<std::string, std::string>>;

/// Absent if there is no such file, or if it is not whole.
std::optional<WrongKernels> read_verdicts(const std::filesystem::path& file);

/// A file that cannot be written is no error: the next start tests again.
void write_verdicts(const std::filesystem::path& file, const WrongKernels& wrong);

}  // namespace scoria
