#include <fmt/format.h>

#include <string>
#include <system_error>
#include <vector>

#include "inspect/json_text.h"
#include "inspect/page.h"
#include "io/atomic_write.h"
#include "io/file.h"
#include "scoria/error.h"
#include "scoria/inspect/comparison.h"
#include "scoria/inspect/inspection_files.h"
#include "scoria/io/npy.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;

std::optional<InspectionComparison> comparison_of(std::span<const Inspection> inspections) {
  if (inspections.empty() || inspections.size() > 2)
    throw Error(ErrorKind::Usage, fmt::format("{} inspections; give one, or two to compare", inspections.size()));
  if (inspections.size() == 1) return {};
  return compare(inspections[0], inspections[1]);
}

void write_arrays(const fs::path& folder, const std::string& prefix, const Inspection& seen) {
  const auto write = [&](const char* name, const Tensor& tensor) {
    write_npy(folder / fmt::format("{}{}.npy", prefix, name), tensor);
  };
  const auto list = [](const std::vector<std::int32_t>& values) {
    return Tensor::from({static_cast<std::int64_t>(values.size())}, std::span<const std::int32_t>(values));
  };
  write("hidden", seen.hidden);
  write("attention", seen.attention);
  write("entropy", seen.entropy);
  write("norms", seen.norms);
  write("similarity", seen.similarity);
  write("cls_cosine", seen.cls_cosine);
  write("cls_path", seen.cls_path);
  write("ids", list(seen.tokens.ids));
  write("segments", list(seen.tokens.segments));
  if (seen.predictions.empty()) return;
  std::vector<std::int32_t> ids;
  std::vector<float> probabilities;
  for (const TokenPrediction& prediction : seen.predictions) {
    ids.push_back(prediction.id);
    probabilities.push_back(prediction.probability);
  }
  const Shape shape{seen.layers() + 1, seen.tokens.size(), seen.top_k};
  write("prediction_ids", Tensor::from(shape, std::span<const std::int32_t>(ids)));
  write("prediction_probabilities", Tensor::from(shape, std::span<const float>(probabilities)));
}

}  // namespace

void write_inspection_page(const fs::path& path, std::span<const Inspection> inspections) {
  write_atomically(path, inspection_page(inspections, comparison_of(inspections)));
}

void write_inspection_json(const fs::path& path, std::span<const Inspection> inspections) {
  const std::optional<InspectionComparison> comparison = comparison_of(inspections);
  std::string out = "{\"models\":[";
  for (const Inspection& seen : inspections) {
    out += &seen == inspections.data() ? "{" : ",{";
    append_members(seen, Digits::Exact, out);
    out += ",\"hidden\":";
    append_tensor(seen.hidden, Digits::Exact, out);
    out += ",\"attention\":";
    append_tensor(seen.attention, Digits::Exact, out);
    out += "}";
  }
  out += "],\"comparison\":";
  if (comparison)
    append_comparison(*comparison, Digits::Exact, out);
  else
    out += "null";
  write_atomically(path, out + "}\n");
}

void write_inspection_npy(const fs::path& folder, std::span<const Inspection> inspections) {
  const std::optional<InspectionComparison> comparison = comparison_of(inspections);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw_io_error("make", folder, error.value());
  write_arrays(folder, "", inspections[0]);
  if (!comparison) return;
  write_arrays(folder, "second_", inspections[1]);
  write_npy(folder / "cka.npy", comparison->cka);
  if (comparison->cosine) write_npy(folder / "cosine.npy", *comparison->cosine);
  if (comparison->attention_difference)
    write_npy(folder / "attention_difference.npy", *comparison->attention_difference);
}

}  // namespace scoria
