#include <doctest/doctest.h>

#include <string>

#include "scoria/session.h"
#include "scoria/train/trainer.h"
#include "train/training_graphs.h"

using namespace scoria;

TEST_CASE("the estimate of memory is what the planner allocates, within a twentieth") {
  struct Case {
    const char* model;
    BertBatchShape shape;
  };
  const Case cases[] = {{"tiny", {8, 128, 20}}, {"tiny", {32, 64, 10}}, {"mini", {8, 128, 20}}, {"mini", {2, 512, 77}}};
  const Device device = Device::open("cpu");
  for (const Case& c : cases) {
    const BertConfig config = BertConfig::preset(c.model);
    const ParameterLayout layout(bert_parameters(config));
    const Session session(device, make_step_graph(config, c.shape, layout, {}));
    const double allocated = static_cast<double>(session.statistics().device_bytes);
    const double estimate = static_cast<double>(estimate_training_bytes(config, c.shape, 1));
    const std::string name = c.model;
    CAPTURE(name);
    CAPTURE(c.shape.batch);
    CAPTURE(allocated);
    CAPTURE(estimate);
    CHECK(estimate > 0.95 * allocated);
    CHECK(estimate < 1.05 * allocated);
  }
}
