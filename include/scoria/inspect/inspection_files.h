#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "scoria/inspect/inspection.h"

namespace scoria {

/// Writes one HTML file that shows one inspection, or two of the same text beside each other, in any browser: script,
/// style and data are in it, and it asks for nothing over the network. Text of any kind is shown, never run.
///
/// Attention is stored in 8 bits, round(255 sqrt(p)): within 0.004 sqrt(p) of what was computed. Where all of a model's
/// maps take more than 8 MiB, only the largest weights of each row are kept, as many as fit; the page says how many,
/// and how much of the attention they carry. So a file stays below about 15 MB a model.
/// Throws Error (Usage) for another number than 1 or 2, or two texts; Error (Io) where the system refuses.
void write_inspection_page(const std::filesystem::path& path, std::span<const Inspection> inspections);

/// Writes the same data, not rounded, as one JSON object:
///
///   models                  one or two of
///     name, device, architecture, layers, heads, hidden_size
///     texts                 [{raw, normalized}]
///     pieces, ids, segments, special, cut      as in TokenFlow; bytes: [[begin, end]]
///     hidden [L+1][S][H], attention [L][A][S][S], entropy [L][A], norms [L+1][S], similarity [L+1][S],
///     cls_cosine [L], cls_path [L+1][2], cls_variance [2]              as in Inspection
///     predictions           null, or {tokens, ids, probabilities}: each [L+1][S][top_k]
///   comparison              null, or {aligned: [[first_begin, first_end, second_begin, second_end]], same_pieces,
///                           cka, cosine, attention_difference}; what is absent is null
///
/// Numbers read back as the same floats; those that are not finite are null, bytes that are not UTF-8 are U+FFFD.
void write_inspection_json(const std::filesystem::path& path, std::span<const Inspection> inspections);

/// Writes arrays into a folder, which is made if need be: hidden.npy, attention.npy, entropy.npy, norms.npy,
/// similarity.npy, cls_cosine.npy, cls_path.npy, ids.npy, segments.npy, and with an MLM head prediction_ids.npy and
/// prediction_probabilities.npy, both [L + 1, S, top_k]. Of a second inspection the same with "second_" before the
/// name, and cka.npy, cosine.npy and attention_difference.npy.
void write_inspection_npy(const std::filesystem::path& folder, std::span<const Inspection> inspections);

/// Which attention to draw, counted from 1. A layer without a head: the mean over heads, and the other way round;
/// neither: all heads of all layers, a row a layer.
struct AttentionChoice {
  std::optional<std::int64_t> layer = {};
  std::optional<std::int64_t> head = {};
};

/// Writes attention as a PNG image, black 0 to yellow 1 on a square-root scale. A cell of one map is 512 / S pixels, at
/// least 1; of many 96 / S.
/// Throws Error (Usage) for a layer or head that the model has not, and where this build has no libpng.
void write_attention_png(const std::filesystem::path& path, const Inspection& inspection,
                         const AttentionChoice& choice);

}  // namespace scoria
