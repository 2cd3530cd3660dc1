// layer_norm_grad_workgroup: layer_norm_grad for rows that outgrow a subgroup's registers; one workgroup a part
//
// Formula and operands as in layer_norm_grad.comp.
//
// Grid       one workgroup a part of rows_per_part rows, folded into x and y; invocation i owns columns i, i + WG, ...
// Push       rows, n, rows_per_part
// Constants  WG, a power of two; PER = ceil(n / WG)
// Precision  f32; rows in ascending order
// Needs      8 (WG + 16) bytes of shared memory
// Host side  src/ops/layer_norm_grad.cpp, which sums the parts with sum_leading

#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common/buffers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 256;
layout(constant_id = 1) const uint PER = 1;

#include "common/flat.glsl"
#define SUMMED vec2
#include "common/workgroup_sum.glsl"

layout(push_constant) uniform Push {
  InFloats x, gamma, mean, rstd, dy;
  Floats dx, dgamma, dbeta;
  uint rows, n, rows_per_part;
};

float gamma_sums[PER];
float beta_sums[PER];

void one_row(uint row) {
  const uint i = gl_LocalInvocationID.x;
  const float m = mean.v[row];
  const float r = rstd.v[row];
  float normal[PER];
  float g[PER];
  vec2 sums = vec2(0.0);  // of g, and of g * normal
  [[unroll]] for (uint k = 0; k < PER; k++) {
    const uint c = k * WG + i;
    normal[k] = g[k] = 0.0;
    if (c < n) {
      const float slope = dy.v[row * n + c];
      normal[k] = (x.v[row * n + c] - m) * r;
      g[k] = slope * gamma.v[c];
      gamma_sums[k] += slope * normal[k];
      beta_sums[k] += slope;
    }
    sums += vec2(g[k], g[k] * normal[k]);
  }
  sums = workgroup_sum(sums) / float(n);
  [[unroll]] for (uint k = 0; k < PER; k++) {
    const uint c = k * WG + i;
    if (c < n) dx.v[row * n + c] = r * (g[k] - sums.x - normal[k] * sums.y);
  }
}

void main() {
  const uint part = flat_group();
  const uint first = part * rows_per_part;
  if (first >= rows) return;
  [[unroll]] for (uint k = 0; k < PER; k++) {
    gamma_sums[k] = 0.0;
    beta_sums[k] = 0.0;
  }
  const uint last = min(first + rows_per_part, rows);
  uint row = first;
  do {
    one_row(row);
  } while (++row < last);
  [[unroll]] for (uint k = 0; k < PER; k++) {
    const uint c = k * WG + gl_LocalInvocationID.x;
    if (c < n) {
      dgamma.v[part * n + c] = gamma_sums[k];
      dbeta.v[part * n + c] = beta_sums[k];
    }
  }
}
