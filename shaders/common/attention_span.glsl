// attention_span: which tokens a sequence is, and which of them are keys (src/ops/attention.h has the same rule).
//
// Include after the push constants: lengths holds a length for each sequence, or, where packed_tokens (T) is not 0,
// where each sequence starts and where the last one ends. Whatever it holds, the span lies inside the tensor; an empty
// sequence has no rows, yet a first token and a key that may be read, so that loops need no case for it.

#ifndef SCORIA_ATTENTION_SPAN_GLSL
#define SCORIA_ATTENTION_SPAN_GLSL

struct Span {
  uint first, rows, keys;
};

Span span_of(uint sequence) {
  if (packed_tokens == 0u) return Span(sequence * length, length, uint(clamp(lengths.v[sequence], 1, int(length))));
  const uint first = uint(clamp(lengths.v[sequence], 0, int(packed_tokens)));
  const uint most = min(packed_tokens - first, length);
  const uint rows = uint(clamp(lengths.v[sequence + 1] - int(first), 0, int(most)));
  return Span(min(first, packed_tokens - 1u), rows, max(rows, 1u));
}

#endif
