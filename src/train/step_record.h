#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "scoria/session.h"
#include "train/training_graphs.h"

namespace scoria {

/// The first fields of a state that pack_record wrote.
inline void read_record(const Session& session, std::string_view name, std::span<double> fields) {
  std::vector<float> values(fields.size() * kRecordStride);
  session.read(name, std::as_writable_bytes(std::span(values)));
  for (std::size_t i = 0; i < fields.size(); ++i) fields[i] = values[i * kRecordStride];
}

}  // namespace scoria
