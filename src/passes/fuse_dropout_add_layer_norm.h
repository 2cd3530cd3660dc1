#pragma once

#include "scoria/graph.h"

namespace scoria {

/// Folds a dropout, the residual add after it and the layer_norm of the sum into one dropout_add_layer_norm. The
/// dropped values may have no other user; other users of the sum (layer_norm_grad) read the fused node's second output.
///
///     %5 = dropout %3, %4 {p, site}                %5 = dropout_add_layer_norm %3, %0, %4, %1, %2 {p, site, eps}
///     %6 = add %5, %0                    becomes
///     %7 = layer_norm %6, %1, %2 {eps}
///
/// Saves two writes and two reads of [T, H] at each of the two sums of a layer. Without a dropout (inference, p = 0)
/// there is nothing to fold: the fused op draws random numbers. Returns the number of folds.
int fuse_dropout_add_layer_norm(Graph& graph);

}  // namespace scoria
