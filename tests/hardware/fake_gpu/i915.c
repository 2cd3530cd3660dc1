// i915, the kernel driver of Intel's GPUs from Gen9 to DG2.
#include <drm.h>
#include <errno.h>
#include <i915_drm.h>
#include <string.h>

#include "intel_chips.h"

#define MEMORY_BYTES (12ull << 30)

static int parameter(int which) {
  const unsigned subslices = intel_chip->slices * intel_chip->subslices;
  switch (which) {
    case I915_PARAM_CHIPSET_ID: return (int)intel_chip->device;
    case I915_PARAM_REVISION: return (int)intel_chip->revision;
    case I915_PARAM_CS_TIMESTAMP_FREQUENCY: return intel_chip->version == 9 ? 12000000 : 19200000;
    case I915_PARAM_MMAP_VERSION:
    case I915_PARAM_MMAP_GTT_VERSION: return 4;
    case I915_PARAM_HAS_ALIASING_PPGTT: return 3;  // full, 48 bits
    case I915_PARAM_SUBSLICE_TOTAL: return (int)subslices;
    case I915_PARAM_EU_TOTAL: return (int)(subslices * intel_chip->eus);
    case I915_PARAM_SLICE_MASK: return (1 << intel_chip->slices) - 1;
    case I915_PARAM_SUBSLICE_MASK: return (1 << intel_chip->subslices) - 1;
    case I915_PARAM_CMD_PARSER_VERSION: return 10;
    case I915_PARAM_PERF_REVISION:
    case I915_PARAM_HAS_USERPTR_PROBE: return 0;
    default: return 1;  // the driver asks whether something can be done
  }
}

// A query is asked twice: with length 0 for its size. False: answer no more.
static bool wants_answer(struct drm_i915_query_item* item, unsigned bytes) {
  if (item->length != 0 && (unsigned)item->length < bytes) {
    item->length = -EINVAL;
    return false;
  }
  if (item->length != 0) memset((void*)(uintptr_t)item->data_ptr, 0, bytes);
  const bool answer = item->length != 0;
  item->length = (int)bytes;
  return answer;
}

// Bit masks: of slices, then of each slice's subslices, then of each subslice's EUs.
static void topology(struct drm_i915_query_item* item) {
  struct drm_i915_query_topology_info* info = (void*)(uintptr_t)item->data_ptr;
  const unsigned subslice_bytes = (intel_chip->subslices + 7) / 8, eu_bytes = (intel_chip->eus + 7) / 8;
  const unsigned subslices_at = 1, eus_at = subslices_at + intel_chip->slices * subslice_bytes;
  const unsigned masks = eus_at + intel_chip->slices * intel_chip->subslices * eu_bytes;
  if (!wants_answer(item, sizeof *info + masks)) return;
  info->max_slices = (uint16_t)intel_chip->slices;
  info->max_subslices = (uint16_t)intel_chip->subslices;
  info->max_eus_per_subslice = (uint16_t)intel_chip->eus;
  info->subslice_offset = (uint16_t)subslices_at;
  info->subslice_stride = (uint16_t)subslice_bytes;
  info->eu_offset = (uint16_t)eus_at;
  info->eu_stride = (uint16_t)eu_bytes;
  info->data[0] = (uint8_t)((1u << intel_chip->slices) - 1);
  for (unsigned s = 0; s < intel_chip->slices; ++s)
    info->data[subslices_at + s * subslice_bytes] = (uint8_t)((1u << intel_chip->subslices) - 1);
  memset(info->data + eus_at, 0xff, masks - eus_at);
}

static void engines(struct drm_i915_query_item* item) {
  struct drm_i915_query_engine_info* info = (void*)(uintptr_t)item->data_ptr;
  if (!wants_answer(item, sizeof *info + 2 * sizeof info->engines[0])) return;
  info->num_engines = 2;
  info->engines[0].engine.engine_class = I915_ENGINE_CLASS_RENDER;
  info->engines[1].engine.engine_class = I915_ENGINE_CLASS_COPY;
}

static void memory_regions(struct drm_i915_query_item* item) {
  struct drm_i915_query_memory_regions* info = (void*)(uintptr_t)item->data_ptr;
  const unsigned count = intel_chip->discrete ? 2 : 1;
  if (!wants_answer(item, sizeof *info + count * sizeof info->regions[0])) return;
  info->num_regions = count;
  for (unsigned i = 0; i < count; ++i) {
    info->regions[i].region.memory_class = i == 0 ? I915_MEMORY_CLASS_SYSTEM : I915_MEMORY_CLASS_DEVICE;
    info->regions[i].probed_size = info->regions[i].unallocated_size = MEMORY_BYTES;
    info->regions[i].probed_cpu_visible_size = MEMORY_BYTES;
  }
}

static int query(const struct drm_i915_query* asked) {
  struct drm_i915_query_item* items = (void*)(uintptr_t)asked->items_ptr;
  for (unsigned i = 0; i < asked->num_items; ++i) {
    switch (items[i].query_id) {
      case DRM_I915_QUERY_TOPOLOGY_INFO:
      case DRM_I915_QUERY_GEOMETRY_SUBSLICES: topology(&items[i]); break;
      case DRM_I915_QUERY_ENGINE_INFO: engines(&items[i]); break;
      case DRM_I915_QUERY_MEMORY_REGIONS: memory_regions(&items[i]); break;
      default: items[i].length = -EINVAL;
    }
  }
  return 0;
}

static int context_parameter(struct drm_i915_gem_context_param* p) {
  p->value = p->param == I915_CONTEXT_PARAM_GTT_SIZE ? 1ull << 48 : p->param == I915_CONTEXT_PARAM_VM ? 1 : 0;
  return 0;
}

static int new_buffer(void* argument, unsigned size) {
  // The older request is the beginning of the newer one, which has the same number.
  if (size == sizeof(struct drm_i915_gem_create_ext)) {
    struct drm_i915_gem_create_ext* create = argument;
    create->handle = buffer_new(create->size);
  } else {
    struct drm_i915_gem_create* create = argument;
    create->handle = buffer_new(create->size);
  }
  return 0;
}

static int i915_ioctl(unsigned number, void* argument, unsigned size) {
  switch (number) {
    case DRM_I915_GETPARAM: {
      const drm_i915_getparam_t* p = argument;
      *p->value = parameter(p->param);
      return 0;
    }
    case DRM_I915_QUERY: return query(argument);
    case DRM_I915_GEM_CREATE:
    case DRM_I915_GEM_CREATE_EXT: return new_buffer(argument, size);
    case DRM_I915_GEM_USERPTR: {
      struct drm_i915_gem_userptr* user = argument;
      user->handle = buffer_new(user->user_size);
      return 0;
    }
    case DRM_I915_GEM_MMAP_GTT: {
      struct drm_i915_gem_mmap_offset* map = argument;
      map->offset = buffer_offset(map->handle);
      return 0;
    }
    case DRM_I915_GEM_CONTEXT_CREATE: ((struct drm_i915_gem_context_create*)argument)->ctx_id = 1; return 0;
    case DRM_I915_GEM_CONTEXT_GETPARAM: return context_parameter(argument);
    case DRM_I915_GEM_VM_CREATE: ((struct drm_i915_gem_vm_control*)argument)->vm_id = 1; return 0;
    case DRM_I915_GEM_GET_APERTURE: {
      struct drm_i915_gem_get_aperture* aperture = argument;
      aperture->aper_size = aperture->aper_available_size = 4ull << 30;
      return 0;
    }
    case DRM_I915_PERF_OPEN:
    case DRM_I915_PERF_ADD_CONFIG: return -EINVAL;  // no counters
    default: return 0;                              // execution and the like: taken, and nothing done
  }
}

const struct kernel_driver i915_driver = {"i915", {1, 6, 0}, choose_intel_chip, i915_ioctl};
