#include "doctor/verdict_file.h"

#include <fstream>
#include <system_error>

namespace scoria {
namespace {

// The first line, then "matmul coopmat" a line, then the last line.
constexpr const char* kHead = "scoria wrong kernels 1";
constexpr const char* kEnd = "end";

}  // namespace

std::optional<WrongKernels> read_verdicts(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line) || line != kHead) return std::nullopt;
  WrongKernels wrong;
  while (std::getline(in, line) && line != kEnd) {
    const std::size_t space = line.find(' ');
    if (space == std::string::npos) return std::nullopt;
    wrong.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  return line == kEnd ? std::optional(wrong) : std::nullopt;
}

void write_verdicts(const std::filesystem::path& file, const WrongKernels& wrong) {
  std::error_code failed;
  std::filesystem::create_directories(file.parent_path(), failed);
  std::ofstream out(file, std::ios::trunc);
  out << kHead << '\n';
  for (const auto& [op, kernel] : wrong) out << op << ' ' << kernel << '\n';
  out << kEnd << '\n';
}

}  // namespace scoria
