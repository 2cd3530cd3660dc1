#include "runtime/moved_bytes.h"

#include <algorithm>

namespace scoria {
namespace {

double size_of(const TensorDesc& desc) { return static_cast<double>(desc.byte_count()); }

bool has_alias(const OpDef& op, AliasKind kind, std::size_t input) {
  return std::ranges::any_of(op.aliases, [&](const Alias& alias) {
    return alias.kind == kind && (kind == AliasKind::Place ? alias.input <= input : alias.input == input);
  });
}

bool is_update(const OpDef& op, std::size_t output) {
  return std::ranges::any_of(
      op.aliases, [&](const Alias& alias) { return alias.kind == AliasKind::Update && alias.output == output; });
}

}  // namespace

double moved_bytes(const OpDef& op, std::span<const TensorDesc> inputs, std::span<const TensorDesc> outputs) {
  double read = 0, written = 0, updated = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!has_alias(op, AliasKind::Update, i) && !has_alias(op, AliasKind::Place, i)) read += size_of(inputs[i]);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (is_update(op, i))
      updated += 2 * (inputs.size() > 1 ? std::min(size_of(outputs[i]), read) : size_of(outputs[i]));
    else
      written += size_of(outputs[i]);
  }
  if (!op.flops && written > 0) read = std::min(read, written);
  return read + written + updated;
}

}  // namespace scoria
