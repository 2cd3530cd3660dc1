#include "plan/choose_kernel.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "graph/distrust.h"
#include "scoria/error.h"

namespace scoria {
namespace {

std::vector<const KernelChoice*> choices_in_order(const OpDef& op) {
  std::vector<const KernelChoice*> choices;
  for (const KernelChoice& choice : op.kernels) choices.push_back(&choice);
  const std::string forced = forced_kernel(op.name);
  if (forced.empty()) return choices;
  const auto is_forced = [&](const KernelChoice* choice) { return choice->name == forced; };
  const auto found = std::find_if(choices.begin(), choices.end(), is_forced);
  if (found == choices.end()) {
    std::vector<std::string_view> names;
    for (const KernelChoice& choice : op.kernels) names.push_back(choice.name);
    throw Error(ErrorKind::Usage, fmt::format("SCORIA_KERNELS: {} has no kernel \"{}\"; it has {}", op.name, forced,
                                              fmt::join(names, ", ")));
  }
  std::rotate(choices.begin(), found, found + 1);
  return choices;
}

}  // namespace

ChosenKernel choose_kernel(const OpDef& op, const OpCall& call, const DeviceCaps& caps) {
  ChosenKernel chosen;
  for (const KernelChoice* choice : choices_in_order(op)) {
    if (is_distrusted(caps, op.name, choice->name)) {
      chosen.refusals.push_back(fmt::format("{}: computed wrongly in the self-test on this driver", choice->name));
      continue;
    }
    auto answer = choice->plan(call, caps);
    if (KernelPlan* plan = std::get_if<KernelPlan>(&answer)) {
      chosen.name = choice->name;
      chosen.plan = std::move(*plan);
      return chosen;
    }
    chosen.refusals.push_back(fmt::format("{}: {}", choice->name, std::get<Refusal>(answer).reason));
  }
  throw Error(ErrorKind::Device,
              fmt::format("{} \"{}\": no kernel for device {}{}{}; --device cpu computes it", op.name, call.label,
                          caps.name, chosen.refusals.empty() ? "" : "; ", fmt::join(chosen.refusals, "; ")));
}

}  // namespace scoria
