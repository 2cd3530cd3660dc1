// What every kernel driver answers: its name, capabilities, synchronization objects that are always done, buffers.
#include <drm.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_gpu.h"

#define MAX_BUFFERS 65536
#define PAGE_BYTES 65536ull  // the largest page that a driver asks for

static struct {
  uint64_t offset, bytes;
} buffers[MAX_BUFFERS];
static uint32_t buffer_count = 1;  // handle 0 is no buffer
static uint64_t next_offset = 1 << 20;

uint32_t buffer_new(uint64_t bytes) {
  if (buffer_count >= MAX_BUFFERS) return 0;
  const uint64_t whole = (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
  buffers[buffer_count].offset = next_offset;
  buffers[buffer_count].bytes = whole;
  next_offset += whole + PAGE_BYTES;
  return buffer_count++;
}

uint64_t buffer_offset(uint32_t handle) { return handle < buffer_count ? buffers[handle].offset : 0; }
uint64_t buffer_bytes(uint32_t handle) { return handle < buffer_count ? buffers[handle].bytes : 0; }

// Asked twice: first for the length alone.
static void answer_text(char* text, __kernel_size_t* length, const char* answer) {
  if (text != NULL) memcpy(text, answer, *length < strlen(answer) ? *length : strlen(answer));
  *length = strlen(answer);
}

static int version(struct drm_version* v) {
  v->version_major = fake_gpu_driver->version[0];
  v->version_minor = fake_gpu_driver->version[1];
  v->version_patchlevel = fake_gpu_driver->version[2];
  answer_text(v->name, &v->name_len, fake_gpu_driver->name);
  answer_text(v->date, &v->date_len, "20260101");
  answer_text(v->desc, &v->desc_len, "pretended");
  return 0;
}

static int capability(struct drm_get_cap* cap) {
  switch (cap->capability) {
    case DRM_CAP_PRIME: cap->value = DRM_PRIME_CAP_IMPORT | DRM_PRIME_CAP_EXPORT; break;
    case DRM_CAP_SYNCOBJ:
    case DRM_CAP_SYNCOBJ_TIMELINE:
    case DRM_CAP_TIMESTAMP_MONOTONIC: cap->value = 1; break;
    default: cap->value = 0;
  }
  return 0;
}

static int new_syncobj(struct drm_syncobj_create* create) {
  static uint32_t handles;
  create->handle = ++handles;
  return 0;
}

// Every point of a timeline is long past.
static int query_syncobjs(const struct drm_syncobj_timeline_array* query) {
  uint64_t* points = (uint64_t*)(uintptr_t)query->points;
  for (uint32_t i = 0; i < query->count_handles; ++i) points[i] = 1ull << 40;
  return 0;
}

static int common_ioctl(unsigned number, void* argument) {
  switch (number) {
    case _IOC_NR(DRM_IOCTL_VERSION): return version(argument);
    case _IOC_NR(DRM_IOCTL_GET_CAP): return capability(argument);
    case _IOC_NR(DRM_IOCTL_GET_UNIQUE): ((struct drm_unique*)argument)->unique_len = 0; return 0;
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_CREATE): return new_syncobj(argument);
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_QUERY): return query_syncobjs(argument);
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD):
      ((struct drm_syncobj_handle*)argument)->fd = fake_gpu_other_fd();
      return 0;
    case _IOC_NR(DRM_IOCTL_PRIME_HANDLE_TO_FD):
      ((struct drm_prime_handle*)argument)->fd = fake_gpu_other_fd();
      return 0;
    case _IOC_NR(DRM_IOCTL_GEM_CLOSE):
    case _IOC_NR(DRM_IOCTL_SET_CLIENT_CAP):
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_DESTROY):
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE):
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_WAIT):
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT):
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_RESET):
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_SIGNAL):
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL):
    case _IOC_NR(DRM_IOCTL_SYNCOBJ_TRANSFER):
    case 0xd1:  // DRM_IOCTL_SET_CLIENT_NAME, which headers before Linux 6.13 do not have
      return 0;
    default: return -EINVAL;
  }
}

static int answer(unsigned long request, void* argument) {
  const unsigned number = _IOC_NR(request);
  if (_IOC_TYPE(request) != DRM_IOCTL_BASE) return -ENOTTY;
  if (number < DRM_COMMAND_BASE || number >= DRM_COMMAND_END) return common_ioctl(number, argument);
  return fake_gpu_driver->ioctl(number - DRM_COMMAND_BASE, argument, _IOC_SIZE(request));
}

int fake_gpu_ioctl(unsigned long request, void* argument) {
  const int result = answer(request, argument);
  if (getenv("FAKE_GPU_DEBUG") != NULL) {
    fprintf(stderr, "fake_gpu: %s ioctl '%c' 0x%02x, %u bytes: %d\n", fake_gpu_driver->name,
            (char)_IOC_TYPE(request), (unsigned)_IOC_NR(request), (unsigned)_IOC_SIZE(request), result);
  }
  if (result >= 0) return result;
  errno = -result;
  return -1;
}
