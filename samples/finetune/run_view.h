#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "scoria/train/fine_tuner.h"
#include "support/progress_view.h"
#include "support/stop_signal.h"

namespace finetune {

/// Draws the bar and the lines of a run.
class RunView {
 public:
  RunView(ProgressView& view, std::int64_t total_steps) : view_(view), steps_(total_steps) {}

  scoria::FineTunerEvents events() {
    scoria::FineTunerEvents events;
    events.logged = [this](const scoria::FineTuningRecord& record) { log(record); };
    events.evaluated = [this](const scoria::FineTuningEvaluation& evaluation) { evaluated(evaluation); };
    events.stepped = [this](std::int64_t step) { draw(step); };
    events.stop = [] { return StopSignal::is_set(); };
    return events;
  }

  static std::string describe(const scoria::TaskScores& scores) {
    std::string text;
    for (const auto& [name, value] : scores) text += fmt::format("{}{} {:.4f}", text.empty() ? "" : "  ", name, value);
    return text;
  }

 private:
  std::string skipped() const {
    return last_.skipped_steps > 0 ? fmt::format(" ({} skipped, not finite)", last_.skipped_steps) : "";
  }

  std::string state(std::int64_t step) const {
    std::string text = fmt::format("step {}/{}{}", step, steps_, skipped());
    if (last_.step == 0) return text;
    const double seconds_left = static_cast<double>(steps_ - step) * last_.step_ms / 1e3;
    return text + fmt::format("  epoch {:.2f}  loss {:.4f}  lr {:.3g}  norm {:.3g}  {:.0f} seq/s  ETA {}", last_.epoch,
                              last_.loss, last_.learning_rate, last_.grad_norm, last_.sequences_per_second,
                              ProgressView::duration(seconds_left));
  }

  void draw(std::int64_t step) { view_.bar(static_cast<double>(step) / static_cast<double>(steps_), state(step)); }

  void log(const scoria::FineTuningRecord& record) {
    last_ = record;
    if (view_.is_terminal()) {
      draw(record.step);
    } else {
      view_.say(state(record.step));
    }
  }

  void evaluated(const scoria::FineTuningEvaluation& evaluation) {
    view_.say(fmt::format("dev at step {}: {}{}", evaluation.step, describe(evaluation.scores),
                          evaluation.is_best ? "  (best so far)" : ""));
  }

  ProgressView& view_;
  std::int64_t steps_;
  scoria::FineTuningRecord last_;
};

}  // namespace finetune
