// workgroup_sum: the sum of all invocations' values, in one fixed order, for every one of them.
//
// Include after the constant WG, a power of two, and after the macro SUMMED, the type that is summed. Takes (WG + 16)
// values of shared memory. Two barriers a sum; two sums may follow each other at once.

const uint SHARES = WG < 16 ? WG : 16;
shared SUMMED sum_values[WG];
shared SUMMED sum_shares[SHARES];

SUMMED workgroup_sum(SUMMED value) {
  const uint i = gl_LocalInvocationID.x;
  sum_values[i] = value;
  barrier();
  if (i < SHARES) {
    SUMMED share = sum_values[i];
    for (uint j = i + SHARES; j < WG; j += SHARES) share += sum_values[j];
    sum_shares[i] = share;
  }
  barrier();
  SUMMED total = sum_shares[0];
  for (uint j = 1; j < SHARES; j++) total += sum_shares[j];
  return total;
}
