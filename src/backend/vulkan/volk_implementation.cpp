// volk's function pointers bear the names of the real functions. Hidden, lest an application that links the Vulkan
// loader itself calls them instead. The headers that volk includes come first: their functions are not ours to hide.
#include <dlfcn.h>

#pragma GCC visibility push(hidden)
#define VOLK_IMPLEMENTATION
#include <volk.h>
#pragma GCC visibility pop
