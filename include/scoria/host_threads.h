#pragma once

namespace scoria {

/// How many threads of the host this process computes with: the CPU backend, everything whose own thread_count is 0,
/// and the making of a GPU's pipelines. 0 stands for every processor that the process may run on. Until this is called
/// OMP_NUM_THREADS decides, and where it is not set either it is every processor. No result depends on it.
/// For the whole process; call it before a device is opened, since the CPU backend lays out its work for so many.
/// Throws Error (Usage) outside 0 .. 1024.
void set_host_threads(int count);

/// How many they are, at least 1.
int host_threads();

}  // namespace scoria
