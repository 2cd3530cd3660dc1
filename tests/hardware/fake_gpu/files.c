// The device node /dev/dri/renderD128 and what sysfs says of it, in a temporary folder, and the calls of the C library by
// which a driver gets there. Every other path goes where it went.
#define _GNU_SOURCE
#define _LARGEFILE64_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fake_gpu.h"

#define NODE "/dev/dri/renderD128"
#define SYSFS "/sys/dev/char/226:128/device"  // 226:128 is what the kernel numbers the first render node
#define MAX_FDS 65536

// The C library's own function of that name.
#define NEXT(name)                                                            \
  ({                                                                          \
    static __typeof__(&name) found;                                           \
    if (found == NULL) found = (__typeof__(&name))dlsym(RTLD_NEXT, #name);    \
    found;                                                                    \
  })

const struct kernel_driver* fake_gpu_driver;
static char root[64];          // the temporary folder; "" while nothing is pretended
static pid_t owner;            // the process that removes it
static int memory_fd = -1;     // all buffers
static bool node_fds[MAX_FDS];  // files that are the device

static void make_folder(const char* path) {
  char part[512];
  snprintf(part, sizeof part, "%s%s", root, path);
  for (char* slash = part + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; ++slash) {
    *slash = 0;
    mkdir(part, 0755);
    *slash = '/';
  }
  mkdir(part, 0755);
}

__attribute__((format(printf, 2, 3))) static void write_file(const char* path, const char* format, ...) {
  char whole[512];
  snprintf(whole, sizeof whole, "%s%s", root, path);
  FILE* file = NEXT(fopen)(whole, "w");
  if (file == NULL) return;
  va_list arguments;
  va_start(arguments, format);
  vfprintf(file, format, arguments);
  va_end(arguments);
  fclose(file);
}

static void write_sysfs(const struct pci_id* id) {
  make_folder("/dev/dri");
  write_file(NODE, "%s", "");
  make_folder(SYSFS "/drm/renderD128");
  make_folder("/sys/bus/pci");
  write_file(SYSFS "/uevent",
             "DRIVER=%s\nPCI_CLASS=30000\nPCI_ID=%04X:%04X\nPCI_SUBSYS_ID=1028:0001\nPCI_SLOT_NAME=0000:01:00.0\n",
             fake_gpu_driver->name, id->vendor, id->device);
  write_file(SYSFS "/vendor", "0x%04x\n", id->vendor);
  write_file(SYSFS "/device", "0x%04x\n", id->device);
  write_file(SYSFS "/revision", "0x%02x\n", id->revision);
  write_file(SYSFS "/subsystem_vendor", "0x1028\n");
  write_file(SYSFS "/subsystem_device", "0x0001\n");
  char link[512];
  snprintf(link, sizeof link, "%s" SYSFS "/subsystem", root);
  if (symlink("../../../../bus/pci", link) != 0) perror("fake_gpu: symlink");
}

static int remove_entry(const char* path, const struct stat* status, int type, struct FTW* where) {
  (void)status, (void)type, (void)where;
  return remove(path);
}

static void remove_folder(void) {
  if (getpid() != owner) return;
  char folder[sizeof root];
  strcpy(folder, root);
  root[0] = 0;  // from here on paths are what they are
  nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static const struct kernel_driver* find_driver(const char* name) {
  static const struct kernel_driver* const drivers[] = {
      &i915_driver,
#ifdef FAKE_GPU_NEW_HEADERS
      &xe_driver,
      &nouveau_driver,
#endif
  };
  for (unsigned i = 0; i < sizeof drivers / sizeof *drivers; ++i) {
    if (strcmp(drivers[i]->name, name) == 0) return drivers[i];
  }
  return NULL;
}

__attribute__((constructor)) static void start(void) {
  const char* wanted = getenv("FAKE_GPU");
  if (wanted == NULL) return;
  char driver[32], model[64];
  struct pci_id id;
  if (sscanf(wanted, "%31[^:]:%63s", driver, model) != 2 || (fake_gpu_driver = find_driver(driver)) == NULL ||
      !fake_gpu_driver->choose(model, &id)) {
    fprintf(stderr, "fake_gpu: FAKE_GPU=%s names no GPU that can be pretended; try xe:e20b\n", wanted);
    return;
  }
  memory_fd = memfd_create("fake_gpu", MFD_CLOEXEC);
  char folder[] = "/tmp/fake_gpu.XXXXXX";
  if (memory_fd < 0 || ftruncate(memory_fd, 1ll << 40) != 0 || mkdtemp(folder) == NULL) {
    perror("fake_gpu: a temporary folder and file");
    return;
  }
  strcpy(root, folder);
  owner = getpid();
  atexit(remove_folder);
  write_sysfs(&id);
}

static bool starts_with(const char* text, const char* prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

static bool is_node(const char* path) { return root[0] != 0 && path != NULL && strcmp(path, NODE) == 0; }

struct path {
  char text[640];
};

static const char* moved(const char* path, struct path* buffer) {
  if (root[0] == 0 || path == NULL) return path;
  if (!starts_with(path, "/dev/dri") && !starts_with(path, "/sys/dev/char/226:") && !starts_with(path, "/sys/class/drm"))
    return path;
  snprintf(buffer->text, sizeof buffer->text, "%s%s", root, path);
  return buffer->text;
}

bool fake_gpu_owns(int fd) { return fd >= 0 && fd < MAX_FDS && node_fds[fd]; }
int fake_gpu_other_fd(void) { return NEXT(open)("/dev/null", O_RDWR | O_CLOEXEC); }

static int remember(int fd, bool is_device) {
  if (fd >= 0 && fd < MAX_FDS) node_fds[fd] = is_device;
  return fd;
}

static int status_of_node(struct stat* status) {
  memset(status, 0, sizeof *status);
  status->st_rdev = makedev(226, 128);
  status->st_mode = S_IFCHR | 0666;
  return 0;
}

static int open_path(const char* path, int flags, mode_t mode) {
  struct path buffer;
  if (is_node(path)) return remember(NEXT(open)("/dev/null", O_RDWR | (flags & O_CLOEXEC)), true);
  return NEXT(open)(moved(path, &buffer), flags, mode);
}

static mode_t mode_of(int flags, va_list arguments) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
}

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_path(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_path(path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return path[0] == '/' ? open_path(path, flags, mode) : NEXT(openat)(folder, path, flags, mode);
}

// What fortified programs call instead.
int __open_2(const char* path, int flags) { return open_path(path, flags, 0); }
int __open64_2(const char* path, int flags) { return open_path(path, flags, 0); }

int close(int fd) {
  remember(fd, false);
  return NEXT(close)(fd);
}

int dup(int fd) { return remember(NEXT(dup)(fd), fake_gpu_owns(fd)); }

static int control(int fd, int command, void* argument) {
  const int result = NEXT(fcntl)(fd, command, argument);
  if (command != F_DUPFD && command != F_DUPFD_CLOEXEC) return result;
  return remember(result, fake_gpu_owns(fd));
}

int fcntl(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  return control(fd, command, argument);
}

int fcntl64(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  return control(fd, command, argument);
}

FILE* fopen(const char* path, const char* mode) {
  struct path buffer;
  return NEXT(fopen)(moved(path, &buffer), mode);
}

FILE* fopen64(const char* path, const char* mode) {
  struct path buffer;
  return NEXT(fopen64)(moved(path, &buffer), mode);
}

DIR* opendir(const char* path) {
  struct path buffer;
  return NEXT(opendir)(moved(path, &buffer));
}

int access(const char* path, int mode) {
  struct path buffer;
  return NEXT(access)(moved(path, &buffer), mode);
}

// struct stat64 is struct stat where both have 64 bits.
int stat(const char* path, struct stat* status) {
  struct path buffer;
  return is_node(path) ? status_of_node(status) : NEXT(stat)(moved(path, &buffer), status);
}

int stat64(const char* path, struct stat64* status) { return stat(path, (struct stat*)status); }

int lstat(const char* path, struct stat* status) {
  struct path buffer;
  return is_node(path) ? status_of_node(status) : NEXT(lstat)(moved(path, &buffer), status);
}

int lstat64(const char* path, struct stat64* status) { return lstat(path, (struct stat*)status); }

int fstat(int fd, struct stat* status) { return fake_gpu_owns(fd) ? status_of_node(status) : NEXT(fstat)(fd, status); }

int fstat64(int fd, struct stat64* status) { return fstat(fd, (struct stat*)status); }

ssize_t readlink(const char* path, char* out, size_t bytes) {
  struct path buffer;
  return NEXT(readlink)(moved(path, &buffer), out, bytes);
}

ssize_t __readlink_chk(const char* path, char* out, size_t bytes, size_t room) {
  return bytes > room ? -1 : readlink(path, out, bytes);
}

char* realpath(const char* path, char* out) {
  struct path buffer;
  return NEXT(realpath)(moved(path, &buffer), out);
}

char* __realpath_chk(const char* path, char* out, size_t room) {
  (void)room;
  return realpath(path, out);
}

void* mmap(void* address, size_t bytes, int protection, int flags, int fd, off_t offset) {
  return NEXT(mmap)(address, bytes, protection, flags, fake_gpu_owns(fd) ? memory_fd : fd, offset);
}

void* mmap64(void* address, size_t bytes, int protection, int flags, int fd, off64_t offset) {
  return mmap(address, bytes, protection, flags, fd, offset);
}

int ioctl(int fd, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  static int (*next)(int, unsigned long, ...);
  if (next == NULL) next = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
  return fake_gpu_owns(fd) ? fake_gpu_ioctl(request, argument) : next(fd, request, argument);
}
