#include <doctest/doctest.h>

#include "doctor/verdict_file.h"
#include "scoria/doctor.h"
#include "support/temporary_folder.h"

namespace scoria {

TEST_CASE("verdicts come back as they were written") {
  TemporaryFolder folder;
  const auto file = folder.path() / "deep" / "kernels.txt";
  CHECK_FALSE(read_verdicts(file).has_value());
  const WrongKernels wrong = {{"matmul", "coopmat"}, {"attention", "tile"}};
  write_verdicts(file, wrong);
  CHECK(read_verdicts(file) == wrong);
  write_verdicts(file, {});
  CHECK(read_verdicts(file) == WrongKernels{});
}

TEST_CASE("verdicts that are not whole count as none") {
  TemporaryFolder folder;
  const auto file = folder / "kernels.txt";
  write_verdicts(file, {{"matmul", "coopmat"}});
  const std::string whole = file_bytes(file);
  for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
    put_bytes(file, whole.substr(0, length));
    CHECK_FALSE(read_verdicts(file).has_value());
  }
}

TEST_CASE("the CPU and software devices are not tested before use") {
  CHECK(avoid_wrong_kernels(Device::open("cpu")) == 0);
  CHECK(avoid_wrong_kernels(Device::open("reference")) == 0);
}

}  // namespace scoria
