// nouveau, the kernel driver of NVIDIA's GPUs under NVK.
#include <drm.h>
#include <errno.h>
#include <nouveau_drm.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fake_gpu.h"

// The classes of objects of a chip tell the driver its engines' generations: 2D, memory to memory, copy, 3D, compute.
#define CLASSES 5
static const struct chip {
  const char* name;
  unsigned chipset, device;
  unsigned gpcs, tpcs;  // a TPC is two SMs
  uint64_t memory_gib;
  uint16_t classes[CLASSES];
} chips[] = {
    {"TU102", 0x162, 0x1e07, 6, 34, 11, {0x902d, 0xa140, 0xc5b5, 0xc597, 0xc5c0}},   // RTX 2080 Ti
    {"GA100", 0x170, 0x20b0, 7, 54, 40, {0x902d, 0xa140, 0xc6b5, 0xc697, 0xc6c0}},   // A100
    {"GA102", 0x172, 0x2204, 7, 41, 24, {0x902d, 0xa140, 0xc7b5, 0xc797, 0xc7c0}},   // RTX 3090
    {"GH100", 0x180, 0x2330, 8, 66, 80, {0x902d, 0xa140, 0xc8b5, 0xcb97, 0xcbc0}},   // H100
    {"AD102", 0x192, 0x2684, 11, 64, 24, {0x902d, 0xa140, 0xc7b5, 0xc997, 0xc9c0}},  // RTX 4090
    {"GB202", 0x1b2, 0x2b85, 11, 85, 32, {0x902d, 0xcd40, 0xcab5, 0xce97, 0xcec0}},  // RTX 5090
};
static const struct chip* chip;

static bool choose(const char* model, struct pci_id* id) {
  const unsigned long chipset = strtoul(model, NULL, 16);
  for (unsigned i = 0; i < sizeof chips / sizeof *chips; ++i) {
    if (chips[i].chipset == chipset) chip = &chips[i];
  }
  if (chip == NULL) return false;
  *id = (struct pci_id){0x10de, chip->device, 0xa1};
  return true;
}

static int parameter(struct drm_nouveau_getparam* p) {
  switch (p->param) {
    case NOUVEAU_GETPARAM_PCI_VENDOR: p->value = 0x10de; return 0;
    case NOUVEAU_GETPARAM_PCI_DEVICE: p->value = chip->device; return 0;
    case NOUVEAU_GETPARAM_BUS_TYPE: p->value = 2; return 0;  // PCI Express
    case NOUVEAU_GETPARAM_CHIPSET_ID: p->value = chip->chipset; return 0;
    case NOUVEAU_GETPARAM_FB_SIZE:
    case NOUVEAU_GETPARAM_VRAM_BAR_SIZE: p->value = chip->memory_gib << 30; return 0;
    case NOUVEAU_GETPARAM_GRAPH_UNITS: p->value = chip->gpcs | chip->tpcs << 8; return 0;
    case NOUVEAU_GETPARAM_VRAM_USED: p->value = 256 << 20; return 0;
    case NOUVEAU_GETPARAM_EXEC_PUSH_MAX: p->value = 1024; return 0;
    case NOUVEAU_GETPARAM_PTIMER_TIME:
    case NOUVEAU_GETPARAM_HAS_BO_USAGE:
    case NOUVEAU_GETPARAM_HAS_VMA_TILEMODE: p->value = 1; return 0;
    default: return -EINVAL;
  }
}

// NVIF, nouveau's object interface, is spoken inside one ioctl. The kernel does not export its headers: these are the
// messages of its drivers/gpu/drm/nouveau/include/nvif that a Vulkan driver sends.
enum { NVIF_SCLASS = 1, NVIF_METHOD = 4 };

struct nvif_head {
  uint8_t version, type, pad[4], owner, route;
  uint64_t token, object;
};

struct nvif_classes {
  struct nvif_head head;
  uint8_t version, count, pad[6];
  struct {
    int32_t name;
    int16_t min_version, max_version;
  } classes[];
};

struct nvif_device_info {
  struct nvif_head head;
  uint8_t method_version, method, method_pad[6];
  uint8_t version, platform;
  uint16_t chipset;
  uint8_t revision, family, pad[2];
  uint64_t memory_bytes, user_bytes;
  char chip[16], name[64];
};

static int list_classes(struct nvif_classes* list, unsigned size) {
  const unsigned room = (size - (unsigned)offsetof(struct nvif_classes, classes)) / sizeof list->classes[0];
  if (room < CLASSES) return -EINVAL;
  list->count = CLASSES;
  for (unsigned i = 0; i < CLASSES; ++i) list->classes[i].name = chip->classes[i];
  return 0;
}

static int device_info(struct nvif_device_info* info, unsigned size) {
  if (size < sizeof *info) return -EINVAL;
  info->platform = 3;  // PCI Express
  info->chipset = (uint16_t)chip->chipset;
  info->revision = 0xa1;
  info->memory_bytes = info->user_bytes = chip->memory_gib << 30;
  strcpy(info->chip, chip->name);
  strcpy(info->name, chip->name);  // where the driver knows no better one by the PCI id
  return 0;
}

// Other messages make and delete objects, which nothing needs.
static int nvif(void* message, unsigned size) {
  if (size < sizeof(struct nvif_head)) return -EINVAL;
  switch (((struct nvif_head*)message)->type) {
    case NVIF_SCLASS: return list_classes(message, size);
    case NVIF_METHOD: return device_info(message, size);
    default: return 0;
  }
}

static int new_buffer(struct drm_nouveau_gem_new* create) {
  create->info.handle = buffer_new(create->info.size);
  create->info.map_handle = buffer_offset(create->info.handle);
  return 0;
}

static int buffer_info(struct drm_nouveau_gem_info* info) {
  info->size = buffer_bytes(info->handle);
  info->map_handle = buffer_offset(info->handle);
  info->domain = NOUVEAU_GEM_DOMAIN_VRAM;
  return 0;
}

static int nouveau_ioctl(unsigned number, void* argument, unsigned size) {
  switch (number) {
    case DRM_NOUVEAU_GETPARAM: return parameter(argument);
    case DRM_NOUVEAU_NVIF: return nvif(argument, size);
    case DRM_NOUVEAU_CHANNEL_ALLOC: ((struct drm_nouveau_channel_alloc*)argument)->channel = 1; return 0;
    case DRM_NOUVEAU_GEM_NEW: return new_buffer(argument);
    case DRM_NOUVEAU_GEM_INFO: return buffer_info(argument);
    default: return 0;  // execution and the like: taken, and nothing done
  }
}

// 1.4: with VM_BIND and EXEC, which NVK needs.
const struct kernel_driver nouveau_driver = {"nouveau", {1, 4, 0}, choose, nouveau_ioctl};
