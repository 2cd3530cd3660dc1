// broadcast: loads of a second operand that repeats after `period` elements.

// 0 as long as the first; 1 any period; 2 one element
layout(constant_id = 3) const uint REPEAT = 0;

float load_repeated(InFloats p, uint period, uint base, uint lane, bool whole) {
  if (REPEAT == 2) return p.v[0];
  if (REPEAT == 0) return load(p, base, lane, whole);
  // A block of WG elements that never crosses the end of a period is contiguous.
  if (period % WG == 0) return load(p, base % period, lane, true);
  return p.v[(base + lane) % period];
}
