// layer_norm_basic: layer_norm with one invocation a row; also with dropout and a residual before it
//
// Operands as in layer_norm.comp.
//
// Grid       an invocation a row, ceil(rows / WG) workgroups, folded into x and y
// Push       rows, n, eps; with dropout also threshold, scale, site, has_rows
// Constants  WG
// Precision  three passes over x: mean, then the squares of x - mean, then y
// Needs      nothing
// Host side  src/ops/layer_norm.cpp, src/ops/dropout_add_layer_norm.cpp
//
// variants: input = plain dropout

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/layer_norm_operands.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 32;

#include "common/flat.glsl"

// A loop past an invocation's last row would read beyond the buffers on llvmpipe 26.1, which runs it once more with no
// lane awake; columns are at least 1, so the loops below test last.
void main() {
  const uint row = flat_first(1);
  if (row >= rows) return;
  float total = 0.0;
  uint c = 0;
  do {
    total += first_value(row, c);
  } while (++c < n);
  const float m = total / float(n);
  float squares = 0.0;
  c = 0;
  do {
    const float centered = next_value(row, c) - m;
    squares += centered * centered;
  } while (++c < n);
  const float r = 1.0 / sqrt(squares / float(n) + eps);
  c = 0;
  do {
    y.v[row * n + c] = gamma.v[c] * ((next_value(row, c) - m) * r) + beta.v[c];
  } while (++c < n);
  mean.v[row] = m;
  rstd.v[row] = r;
}
