#pragma once

/// Before the definition of a function with hot loops: compiles it for several x86-64 levels (AVX-512, AVX2, SSE2) and
/// picks one when the program starts, so that the portable build is as fast as one made for the machine. What the
/// function calls must be inlined into it to gain. Off under sanitizers, whose run time is not up yet when the
/// choice is made, and for clang, whose versions before 17 lack the levels.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define SCORIA_TARGET_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SCORIA_TARGET_CLONES
#endif
