// Google's algorithm against numbers recorded from Python; tests/parity/pretraining_data_parity.py compares whole runs.

#include <doctest/doctest.h>

#include "data/examples/python_random.h"

using namespace scoria;

TEST_CASE("Python's random numbers") {
  struct Recorded {
    std::uint64_t seed;
    std::vector<double> numbers;
    std::vector<std::uint32_t> up_to_1000;
    std::vector<int> shuffled;
    std::uint32_t after_1000;
  };
  const std::vector<Recorded> recordings = {
      {12345u,
       {0.41661987254534116, 0.010169169457068361, 0.8252065092537432},
       {306, 876, 378, 955},
       {5, 8, 7, 9, 0, 2, 1, 6, 4, 3},
       30078},
      {0u,
       {0.8444218515250481, 0.7579544029403025, 0.420571580830845},
       {266, 989, 524, 498},
       {9, 0, 3, 5, 1, 8, 2, 7, 4, 6},
       16512},
      {1099511627783ull,
       {0.6137037779936511, 0.8149162973309487, 0.9450115087592873},
       {585, 723, 488, 257},
       {0, 7, 1, 3, 8, 5, 4, 6, 2, 9},
       1109},
  };
  for (const Recorded& recorded : recordings) {
    CAPTURE(recorded.seed);
    PythonRandom random(recorded.seed);
    for (const double expected : recorded.numbers) CHECK(random.random() == expected);
    for (const std::uint32_t expected : recorded.up_to_1000) CHECK(random.randint(1, 1000) == expected);
    std::vector<int> values = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    random.shuffle(values);
    CHECK(values == recorded.shuffled);
    for (int i = 0; i < 1000; ++i) random.random();
    CHECK(random.randint(0, 30521) == recorded.after_1000);
  }
}
