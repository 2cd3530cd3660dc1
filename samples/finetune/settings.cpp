#include "finetune/settings.h"

namespace finetune {

Recipe recipe_of(TaskKind task) {
  switch (task) {
    case TaskKind::Regress:
      return {3, 32, 128, 64, 5e-5f, "pearson"};
    case TaskKind::Tag:
      return {3, 32, 128, 64, 5e-5f, "f1"};
    case TaskKind::Answer:
      return {2, 12, 384, 128, 3e-5f, "f1"};
    case TaskKind::Classify:
    case TaskKind::Pair:
      break;
  }
  return {3, 32, 128, 64, 5e-5f, "accuracy"};
}

const char* task_name(TaskKind task) {
  switch (task) {
    case TaskKind::Classify:
      return "classify";
    case TaskKind::Pair:
      return "pair";
    case TaskKind::Regress:
      return "regress";
    case TaskKind::Tag:
      return "tag";
    case TaskKind::Answer:
      break;
  }
  return "qa";
}

scoria::ExampleWindows Settings::example_windows() const {
  const Recipe recipe = recipe_of(task);
  return {sequence_length.value_or(recipe.sequence_length),
          windows || task == TaskKind::Answer || task == TaskKind::Tag, stride.value_or(recipe.stride)};
}

}  // namespace finetune
