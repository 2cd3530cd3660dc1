#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "scoria/inspect/inspection.h"

namespace scoria {

/// Attention maps as a page carries them, [L + 1, A + 1, S, S] with the averages of attention_with_means.
///
/// A weight p is the byte q = round(255 sqrt(p)), so that p = (q / 255)^2. With kept = 0 all bytes of a row follow each
/// other. Else a row is its `kept` largest weights (the first of equals), by column: their columns, u16 little-endian,
/// then their bytes.
struct PackedAttention {
  std::int64_t kept = 0;
  double carried = 1;  ///< the share of all attention that the kept weights have
  std::string bytes;
};

/// `most_bytes` is what all maps may take; a row keeps at least 4 weights.
PackedAttention pack_attention(const Inspection& inspection, std::size_t most_bytes = std::size_t{8} << 20);

/// RFC 4648, with padding.
std::string base64(std::string_view bytes);

}  // namespace scoria
