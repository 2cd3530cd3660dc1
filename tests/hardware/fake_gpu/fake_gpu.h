// The kernel's side of a GPU, pretended: preloaded into a program, so that an unchanged driver finds a device and its
// compiler can be asked, where there is neither device nor kernel driver. Nothing is executed.
//
//   FAKE_GPU=xe:e20b LD_PRELOAD=libfake_gpu.so VK_DRIVER_FILES=/usr/share/vulkan/icd.d/intel_icd.json doctor --compile
//
// files.c makes the device node and what sysfs says of it, ioctls.c answers what every kernel driver does, and each
// kernel driver has a file of its own. FAKE_GPU_DEBUG=1 prints each ioctl and its answer.
// Written from the kernel's UAPI headers; for Debian's mesa-drm-shim, which pretends other GPUs, see ../compile.py.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pci_id {
  unsigned vendor, device, revision;
};

struct kernel_driver {
  const char* name;
  int version[3];
  // Takes the model that FAKE_GPU names after the colon and tells its PCI ids; false: there is no such model.
  bool (*choose)(const char* model, struct pci_id* id);
  // A driver's own ioctl, numbered from DRM_COMMAND_BASE. Returns 0 or a negative errno.
  int (*ioctl)(unsigned number, void* argument, unsigned size);
};

extern const struct kernel_driver i915_driver, xe_driver, nouveau_driver;

// Buffers are ranges of one sparse file, which the driver maps at their offsets. 0: no more handles.
uint32_t buffer_new(uint64_t bytes);
uint64_t buffer_offset(uint32_t handle);
uint64_t buffer_bytes(uint32_t handle);

// Between files.c and ioctls.c.
bool fake_gpu_owns(int fd);
int fake_gpu_ioctl(unsigned long request, void* argument);
int fake_gpu_other_fd(void);  // any open file, for what a driver asks as a file and never reads
extern const struct kernel_driver* fake_gpu_driver;
