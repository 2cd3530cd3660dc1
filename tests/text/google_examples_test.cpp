// Google's algorithm against numbers recorded from Python; tests/parity/pretraining_data_parity.py compares whole runs.

#include <doctest/doctest.h>

#include "data/python_random.h"

using namespace scoria;

TEST_CASE("Python's random numbers") {
  {
    PythonRandom random(12345u);
    for (const double expected : {0.41661987254534116, 0.010169169457068361, 0.8252065092537432})
      CHECK(random.random() == expected);
    for (const std::uint32_t expected : {306u, 876u, 378u, 955u}) CHECK(random.randint(1, 1000) == expected);
    std::vector<int> values = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    random.shuffle(values);
    CHECK(values == std::vector<int>{5, 8, 7, 9, 0, 2, 1, 6, 4, 3});
    for (int i = 0; i < 1000; ++i) random.random();
    CHECK(random.randint(0, 30521) == 30078u);
  }
  {
    PythonRandom random(0u);
    for (const double expected : {0.8444218515250481, 0.7579544029403025, 0.420571580830845})
      CHECK(random.random() == expected);
    for (const std::uint32_t expected : {266u, 989u, 524u, 498u}) CHECK(random.randint(1, 1000) == expected);
    std::vector<int> values = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    random.shuffle(values);
    CHECK(values == std::vector<int>{9, 0, 3, 5, 1, 8, 2, 7, 4, 6});
    for (int i = 0; i < 1000; ++i) random.random();
    CHECK(random.randint(0, 30521) == 16512u);
  }
  {
    PythonRandom random(1099511627783ull);
    for (const double expected : {0.6137037779936511, 0.8149162973309487, 0.9450115087592873})
      CHECK(random.random() == expected);
    for (const std::uint32_t expected : {585u, 723u, 488u, 257u}) CHECK(random.randint(1, 1000) == expected);
    std::vector<int> values = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    random.shuffle(values);
    CHECK(values == std::vector<int>{0, 7, 1, 3, 8, 5, 4, 6, 2, 9});
    for (int i = 0; i < 1000; ++i) random.random();
    CHECK(random.randint(0, 30521) == 1109u);
  }
}
