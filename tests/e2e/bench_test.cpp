// bench on every instruction set that this processor has: a step runs at a share of the peak, never above it.

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/cpu_isa.h"
#include "support/child_process.h"
#include "support/temporary_folder.h"

using namespace scoria;

TEST_CASE("bench step: between 0 and 100 % of the peak, with AVX2 and with what the processor has") {
  for (const CpuIsa isa : {CpuIsa::Avx2, CpuIsa::Avx512}) {
    if (isa > processor_isa()) continue;
    const std::string name(cpu_isa_name(isa));
    CAPTURE(name);
    const ChildResult result = run_program(
        {"/usr/bin/env", "SCORIA_CPU_ISA=" + name, isa == CpuIsa::Avx2 ? "ONEDNN_MAX_CPU_ISA=AVX2" : "LC_ALL=C",
         program_path("bench"), "step", "--model", "tiny", "--batch", "8", "--device", "cpu", "--threads", "1", "--json"});
    CAPTURE(result.talk);
    REQUIRE(result.code == 0);
    const double share = nlohmann::json::parse(result.output)["peak_fraction"];
    CHECK(share > 0.0);
    CHECK(share < 1.0);
  }
}

TEST_CASE("bench step: fewer masked positions where a sequence is shorter than the usual number") {
  const std::vector<std::string> command{program_path("bench"), "step", "--model", "tiny", "--batch", "1", "--seq-len", "8",
                                         "--repeats", "1", "--device", "cpu"};
  const ChildResult result = run_program(command);
  CHECK(result.code == 0);
  CHECK(result.talk.find("bench: masked: 8, all of a sequence (20 is usual)\n") != std::string::npos);
  std::vector<std::string> wrong = command;
  wrong.insert(wrong.end(), {"--masked", "9"});
  CHECK(run_program(wrong).code == 1);
}

TEST_CASE("bench step: a profile, its trace and its picture; a path that cannot be written is refused first") {
  const TemporaryFolder folder;
  const std::vector<std::string> command{program_path("bench"), "step", "--model", "tiny", "--batch", "1", "--seq-len", "16",
                                         "--repeats", "1", "--device", "cpu", "--json", "--profile", "--trace",
                                         (folder / "step.json").string(), "--roofline", (folder / "roof.svg").string()};
  const ChildResult result = run_program(command);
  REQUIRE(result.code == 0);
  std::istringstream lines(result.output);
  std::vector<nlohmann::json> rows;
  for (std::string line; std::getline(lines, line);) rows.push_back(nlohmann::json::parse(line));
  REQUIRE(rows.size() > 10);
  CHECK(rows[0]["name"] == "step tiny");
  CHECK(std::ranges::any_of(rows, [](const auto& row) { return row["name"] == "matmul" && row["nodes"] > 10; }));
  CHECK(nlohmann::json::parse(file_bytes(folder / "step.json"))["traceEvents"].size() > 100);
  CHECK(file_bytes(folder / "roof.svg").starts_with("<svg "));
  std::vector<std::string> wrong = command;
  wrong[15] = (folder / "nowhere" / "step.json").string();
  const ChildResult refused = run_program(wrong);
  CHECK(refused.code == 5);
  CHECK(refused.output.empty());
  CHECK(refused.talk.find("step.json") != std::string::npos);
}
