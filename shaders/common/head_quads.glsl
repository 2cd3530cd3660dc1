// head_quads: rows of a head, D floats, by vectors of four in the last of which columns from D on are 0 and never stored.
//
// Include after buffers.glsl and after the shader's constants D and ALIGNED (D a multiple of 4: vector accesses where the
// row's address allows them).

const uint QUADS = (D + 3) / 4;

// A row's quads in shared memory. Neighbouring rows begin in different banks: a row is an odd number of quads long, or,
// of whole eights, has its quads in another order within each eight.
const uint ROW = QUADS % 8 == 0 ? QUADS : QUADS | 1u;
uint quad_at(uint row, uint quad) { return row * ROW + (QUADS % 8 == 0 ? quad ^ (row & 7u) : quad); }

vec4 load_quad(InFloats p, uint first, uint quad, bool inside) {
  vec4 x = vec4(0.0);
  if (inside) {
    const uint d = 4 * quad;
    if (ALIGNED == 1 && is_quad_address(uvec2(p))) {
      x = InVec4s(uvec2(p)).v[first / 4 + quad];
    } else {
      x.x = p.v[first + d];
      if (ALIGNED == 1 || d + 1 < D) x.y = p.v[first + d + 1];
      if (ALIGNED == 1 || d + 2 < D) x.z = p.v[first + d + 2];
      if (ALIGNED == 1 || d + 3 < D) x.w = p.v[first + d + 3];
    }
  }
  return x;
}

void store_quad(Floats p, uint first, uint quad, vec4 y) {
  const uint d = 4 * quad;
  if (ALIGNED == 1 && is_quad_address(uvec2(p))) {
    Vec4s(uvec2(p)).v[first / 4 + quad] = y;
  } else {
    p.v[first + d] = y.x;
    if (ALIGNED == 1 || d + 1 < D) p.v[first + d + 1] = y.y;
    if (ALIGNED == 1 || d + 2 < D) p.v[first + d + 2] = y.z;
    if (ALIGNED == 1 || d + 3 < D) p.v[first + d + 3] = y.w;
  }
}
