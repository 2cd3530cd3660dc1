#include "patient_predictor.h"

#include <fmt/format.h>

#include <algorithm>

#include "json_line.h"
#include "scoria/error.h"

using namespace scoria;

void PatientPredictor::predict(std::span<const Request> requests, const Write& write) {
  while (!requests.empty()) {
    const auto faulty = std::ranges::find_if(requests, [](const Request& r) { return !r.fault.empty(); });
    const auto good = static_cast<std::size_t>(faulty - requests.begin());
    predict_faultless(requests.first(good), write);
    if (faulty == requests.end()) return;
    give_up(*faulty, faulty->fault, write);
    requests = requests.subspan(good + 1);
  }
}

/// Halves what fails until the wrong request is alone.
void PatientPredictor::predict_faultless(std::span<const Request> requests, const Write& write) {
  if (requests.empty()) return;
  std::string text;
  try {
    text = predictor_.predict(requests);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::Input) throw;
    if (requests.size() == 1) return give_up(requests.front(), error.what(), write);
    const std::size_t half = requests.size() / 2;
    predict_faultless(requests.first(half), write);
    return predict_faultless(requests.subspan(half), write);
  }
  write(text);
}

void PatientPredictor::give_up(const Request& request, std::string_view why, const Write& write) {
  constexpr std::string_view kNumber = "text 0: ";  // of a batch of one
  if (why.starts_with(kNumber)) why.remove_prefix(kNumber.size());
  const std::string placed = fmt::format("{}: {}", request.place, why);
  if (settings_.strict) throw Error(ErrorKind::Input, placed);
  view_.say(fmt::format("predict: {}", placed));
  ++unanswered_;
  nlohmann::ordered_json object = json_of(request);
  object["error"] = why;
  write(predictor_.instead_of(request, settings_.json ? to_line(object) : "\n"));
}
