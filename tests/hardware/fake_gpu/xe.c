// xe, the kernel driver of Intel's GPUs from Tiger Lake on, and the only one of those after DG2.
#include <drm.h>
#include <errno.h>
#include <string.h>
#include <xe_drm.h>

#include "intel_chips.h"

#define SYSTEM_BYTES (16ull << 30)
#define DEVICE_BYTES (12ull << 30)
#define SYSTEM_PAGE 4096
#define DEVICE_PAGE 65536

// Each answer is written to `out` and its bytes are returned.

static unsigned engines(struct drm_xe_query_engines* out) {
  static const uint16_t classes[] = {DRM_XE_ENGINE_CLASS_RENDER, DRM_XE_ENGINE_CLASS_COPY, DRM_XE_ENGINE_CLASS_COMPUTE};
  out->num_engines = 3;
  for (unsigned i = 0; i < 3; ++i) out->engines[i].instance.engine_class = classes[i];
  return sizeof *out + 3 * sizeof out->engines[0];
}

static unsigned memory_regions(struct drm_xe_query_mem_regions* out) {
  out->num_mem_regions = intel_chip->discrete ? 2 : 1;
  out->mem_regions[0].mem_class = DRM_XE_MEM_REGION_CLASS_SYSMEM;
  out->mem_regions[0].min_page_size = SYSTEM_PAGE;
  out->mem_regions[0].total_size = SYSTEM_BYTES;
  if (intel_chip->discrete) {
    out->mem_regions[1].mem_class = DRM_XE_MEM_REGION_CLASS_VRAM;
    out->mem_regions[1].instance = 1;
    out->mem_regions[1].min_page_size = DEVICE_PAGE;
    out->mem_regions[1].total_size = out->mem_regions[1].cpu_visible_size = DEVICE_BYTES;
  }
  return sizeof *out + out->num_mem_regions * sizeof out->mem_regions[0];
}

static unsigned configuration(struct drm_xe_query_config* out) {
  out->num_params = DRM_XE_QUERY_CONFIG_MAX_EXEC_QUEUE_PRIORITY + 1;
  out->info[DRM_XE_QUERY_CONFIG_REV_AND_DEVICE_ID] = intel_chip->device | (uint64_t)intel_chip->revision << 16;
  out->info[DRM_XE_QUERY_CONFIG_FLAGS] = intel_chip->discrete ? DRM_XE_QUERY_CONFIG_FLAG_HAS_VRAM : 0;
  out->info[DRM_XE_QUERY_CONFIG_MIN_ALIGNMENT] = intel_chip->discrete ? DEVICE_PAGE : SYSTEM_PAGE;
  out->info[DRM_XE_QUERY_CONFIG_VA_BITS] = 48;
  out->info[DRM_XE_QUERY_CONFIG_MAX_EXEC_QUEUE_PRIORITY] = 2;
  return sizeof *out + out->num_params * (unsigned)sizeof out->info[0];
}

static unsigned gt_list(struct drm_xe_query_gt_list* out) {
  out->num_gt = 1;
  out->gt_list[0].reference_clock = 19200000;
  out->gt_list[0].near_mem_regions = intel_chip->discrete ? 2 : 1;
  out->gt_list[0].far_mem_regions = 1;
  out->gt_list[0].ip_ver_major = (uint16_t)intel_chip->version;
  out->gt_list[0].ip_ver_minor = (uint16_t)intel_chip->release;
  return sizeof *out + sizeof out->gt_list[0];
}

static uint64_t ones(unsigned count) { return count >= 64 ? ~0ull : (1ull << count) - 1; }

static unsigned topology(char* out) {
  const uint64_t subslices = ones(intel_chip->slices * intel_chip->subslices);
  const struct {
    uint16_t type;
    uint64_t mask;
  } parts[] = {{DRM_XE_TOPO_DSS_GEOMETRY, subslices},
               {DRM_XE_TOPO_DSS_COMPUTE, subslices},
               {DRM_XE_TOPO_L3_BANK, ones(8)},
               {intel_chip->wide_eus ? DRM_XE_TOPO_SIMD16_EU_PER_DSS : DRM_XE_TOPO_EU_PER_DSS, ones(intel_chip->eus)}};
  unsigned bytes = 0;
  for (unsigned i = 0; i < sizeof parts / sizeof *parts; ++i) {
    struct drm_xe_query_topology_mask* mask = (void*)(out + bytes);
    mask->type = parts[i].type;
    mask->num_bytes = sizeof parts[i].mask;
    memcpy(mask->mask, &parts[i].mask, sizeof parts[i].mask);
    bytes += sizeof *mask + sizeof parts[i].mask;
  }
  return bytes;
}

// The request says which firmware; the answer is written into it.
static int firmware_version(struct drm_xe_device_query* query) {
  struct drm_xe_query_uc_fw_version* version = (void*)(uintptr_t)query->data;
  if (version != NULL && query->size >= sizeof *version) {
    version->branch_ver = 0;
    version->major_ver = 70;
    version->minor_ver = 30;
    version->patch_ver = 0;
  }
  query->size = sizeof *version;
  return 0;
}

// Asked twice: with size 0 for the size.
static int device_query(struct drm_xe_device_query* query) {
  static _Alignas(8) char out[4096];
  memset(out, 0, sizeof out);
  unsigned bytes = 0;
  switch (query->query) {
    case DRM_XE_DEVICE_QUERY_ENGINES: bytes = engines((void*)out); break;
    case DRM_XE_DEVICE_QUERY_MEM_REGIONS: bytes = memory_regions((void*)out); break;
    case DRM_XE_DEVICE_QUERY_CONFIG: bytes = configuration((void*)out); break;
    case DRM_XE_DEVICE_QUERY_GT_LIST: bytes = gt_list((void*)out); break;
    case DRM_XE_DEVICE_QUERY_GT_TOPOLOGY: bytes = topology(out); break;
    case DRM_XE_DEVICE_QUERY_ENGINE_CYCLES: bytes = sizeof(struct drm_xe_query_engine_cycles); break;
    case DRM_XE_DEVICE_QUERY_HWCONFIG: break;  // empty: the driver has its own table
    case DRM_XE_DEVICE_QUERY_UC_FW_VERSION: return firmware_version(query);
    default: return -EINVAL;
  }
  if (query->size == 0) {
    query->size = bytes;
    return 0;
  }
  if (query->size < bytes) return -EINVAL;
  memcpy((void*)(uintptr_t)query->data, out, bytes);
  return 0;
}

static int xe_ioctl(unsigned number, void* argument, unsigned size) {
  (void)size;
  switch (number) {
    case DRM_XE_DEVICE_QUERY: return device_query(argument);
    case DRM_XE_GEM_CREATE: {
      struct drm_xe_gem_create* create = argument;
      create->handle = buffer_new(create->size);
      return 0;
    }
    case DRM_XE_GEM_MMAP_OFFSET: {
      struct drm_xe_gem_mmap_offset* map = argument;
      map->offset = buffer_offset(map->handle);
      return 0;
    }
    case DRM_XE_VM_CREATE: ((struct drm_xe_vm_create*)argument)->vm_id = 1; return 0;
    case DRM_XE_EXEC_QUEUE_CREATE: ((struct drm_xe_exec_queue_create*)argument)->exec_queue_id = 1; return 0;
    case DRM_XE_EXEC_QUEUE_GET_PROPERTY: ((struct drm_xe_exec_queue_get_property*)argument)->value = 0; return 0;
    case DRM_XE_OBSERVATION: return -EINVAL;  // no counters
    default: return 0;                        // execution and the like: taken, and nothing done
  }
}

const struct kernel_driver xe_driver = {"xe", {1, 1, 0}, choose_intel_chip, xe_ioctl};
