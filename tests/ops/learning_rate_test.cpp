#include <doctest/doctest.h>

#include <string>

#include "scoria/ops.h"
#include "support/op_check.h"
#include "support/reference_run.h"

using namespace scoria;
using namespace scoria::test;

namespace {

using Decay = LearningRateOptions::Decay;

struct Row {
  double step;
  LearningRateOptions options;
  double expected;  // peak * this
};

}  // namespace

TEST_CASE("learning_rate") {
  OpCheck check("learning_rate");
  const auto add = [&](double step, LearningRateOptions options) {
    check.add("step " + std::to_string(step),
              [=](OpCase& c) { c.output(learning_rate(c.input_u32({1}, {step}), options)); }, {.mistrust = false});
  };
  for (Decay decay : {Decay::Linear, Decay::LinearGoogle, Decay::Constant}) {
    for (double step : {0, 1, 99, 100, 101, 500, 999, 1000, 1001, 5000})
      add(step, {.peak = 1e-4f, .warmup_steps = 100, .total_steps = 1000, .decay = decay});
    for (double step : {0.0, 16777217.0, 4294967294.0, 4294967295.0})  // differences that f32 would lose
      add(step, {.peak = 2e-3f, .warmup_steps = 0, .total_steps = 4294967295, .decay = decay});
    add(3, {.peak = 1.0f, .warmup_steps = 0, .total_steps = 1, .decay = decay});
    add(50, {.peak = 1.0f, .warmup_steps = 50, .total_steps = 50, .decay = decay});
  }
  check.rejects("total_steps must be in 1..4294967295",
                [](OpCase& c) { learning_rate(c.input_u32({1}, {0}), {.total_steps = 0}); });
  check.rejects("warmup_steps must be in 0..4294967295",
                [](OpCase& c) { learning_rate(c.input_u32({1}, {0}), {.warmup_steps = -1, .total_steps = 10}); });
  check.rejects("peak must not be negative",
                [](OpCase& c) { learning_rate(c.input_u32({1}, {0}), {.peak = -1, .total_steps = 10}); });
  check.rejects("step must be u32 [1]", [](OpCase& c) { learning_rate(c.input({1}, {0}), {.total_steps = 10}); });
  check.run();
}

TEST_CASE("learning_rate: what Hugging Face's and Google's schedules give") {
  const LearningRateOptions linear{.peak = 1.0f, .warmup_steps = 10, .total_steps = 110};
  LearningRateOptions google = linear, constant = linear;
  google.decay = Decay::LinearGoogle;
  constant.decay = Decay::Constant;
  const Row rows[] = {{0, linear, 0.0},    {5, linear, 0.5},    {10, linear, 1.0},  {60, linear, 0.5},
                      {110, linear, 0.0},  {0, google, 0.0},    {5, google, 0.5},   {10, google, 100.0 / 110},
                      {55, google, 0.5},   {200, google, 0.0},  {0, constant, 0.0}, {5, constant, 0.5},
                      {10, constant, 1.0}, {999, constant, 1.0}};
  for (const Row& row : rows) {
    OpCase op_case("schedule");
    const Value rate = learning_rate(op_case.input_u32({1}, {row.step}), row.options);
    CAPTURE(row.step);
    CHECK(ReferenceRun(op_case).of(rate)[0] == doctest::Approx(row.expected).epsilon(1e-12));
  }
}
