// running_sum: a sum of exponentials that is still growing, relative to its largest exponent so far.

#ifndef SCORIA_RUNNING_SUM_GLSL
#define SCORIA_RUNNING_SUM_GLSL

struct RunningSum {
  float largest;
  float sum;
};

// The lowest finite float and not -infinity: a difference of two of them must be 0 and not NaN.
RunningSum empty_sum() { return RunningSum(-3.402823466e38, 0.0); }

RunningSum joined(RunningSum a, RunningSum b) {
  const float largest = max(a.largest, b.largest);
  return RunningSum(largest, a.sum * exp(a.largest - largest) + b.sum * exp(b.largest - largest));
}

RunningSum with_four(RunningSum a, vec4 x) {
  const float largest = max(a.largest, max(max(x.x, x.y), max(x.z, x.w)));
  const vec4 e = exp(x - vec4(largest));
  return RunningSum(largest, a.sum * exp(a.largest - largest) + ((e.x + e.y) + (e.z + e.w)));
}

// Whether the label's logit beats those of these columns: it wins ties with columns behind its own. The comparison is
// written so that NaN beats everything and nothing, as an argmax that is no use.
bool label_wins(vec4 x, uvec4 columns, float target, uint label) {
  const bvec4 behind = greaterThanEqual(columns, uvec4(label));
  const bvec4 above = greaterThan(vec4(target), x);
  const bvec4 equal_to = equal(vec4(target), x);
  return (above.x || behind.x && equal_to.x) && (above.y || behind.y && equal_to.y) &&
         (above.z || behind.z && equal_to.z) && (above.w || behind.w && equal_to.w);
}

#endif
