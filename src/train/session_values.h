#pragma once

#include <array>
#include <span>
#include <string_view>

#include "base/check.h"
#include "scoria/session.h"
#include "train/training_graphs.h"

namespace scoria {

/// A whole input from one value: a number, or an array of them.
template <typename T>
void write_scalar(Session& session, std::string_view name, const T& value) {
  session.write(name, std::as_bytes(std::span(&value, 1)));
}

/// The fields of a state that pack_record wrote, all of them.
inline void read_record(const Session& session, std::string_view name, std::span<double> fields) {
  SCORIA_CHECK(fields.size() <= kStepFields, "a record has at most the fields of a step");
  std::array<float, kStepFields * kRecordStride> values;
  session.read(name, std::as_writable_bytes(std::span(values).first(fields.size() * kRecordStride)));
  for (std::size_t i = 0; i < fields.size(); ++i) fields[i] = values[i * kRecordStride];
}

}  // namespace scoria
