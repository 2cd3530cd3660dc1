// Drivers that drop work, hang, lose the device or refuse memory: pretended, by functions put in the place of real
// ones.

#include <cstdlib>

#include "backend/child.h"
#include "backend/vulkan_fixture.h"
#include "scoria/error.h"

namespace scoria::test {
namespace {

PFN_vkQueueSubmit real_submit = nullptr;

/// Reports success and does nothing but signal the fence.
VkResult VKAPI_CALL submit_nothing(VkQueue queue, std::uint32_t, const VkSubmitInfo*, VkFence fence) {
  return real_submit(queue, 0, nullptr, fence);
}
/// Reports success and never signals.
VkResult VKAPI_CALL submit_never(VkQueue, std::uint32_t, const VkSubmitInfo*, VkFence) { return VK_SUCCESS; }
VkResult VKAPI_CALL submit_lost(VkQueue, std::uint32_t, const VkSubmitInfo*, VkFence) { return VK_ERROR_DEVICE_LOST; }
VkResult VKAPI_CALL allocate_nothing(VkDevice, const VkMemoryAllocateInfo*, const VkAllocationCallbacks*,
                                     VkDeviceMemory*) {
  return VK_ERROR_OUT_OF_DEVICE_MEMORY;
}

/// The message of the error that a call throws, after a check of its kind.
template <typename Call>
std::string error_of(ErrorKind kind, Call call) {
  try {
    call();
  } catch (const Error& error) {
    CHECK(error.kind() == kind);
    return error.what();
  }
  return "no error";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

bool validating() { return std::getenv("SCORIA_VALIDATE") != nullptr; }

}  // namespace

TEST_CASE("work that a driver drops is found by the canary, and the program recovers") {
  SCORIA_NEEDS_VULKAN();
  const auto open = open_test_device(test_probe());
  Loaded loaded(open);
  auto& submit = open->device.calls().vkQueueSubmit;
  real_submit = submit;
  for (int runs_before : {0, 1, 4}) {
    for (int i = 0; i < runs_before; ++i) loaded.executable.run();
    submit = submit_nothing;
    const std::string text = error_of(ErrorKind::Device, [&] { loaded.executable.run(); });
    INFO(text);
    CHECK(contains(text, "the device did not execute submit 1 of"));
    submit = real_submit;
    loaded.executable.run();
  }
  CHECK(state_word(*loaded.store, 0, 5) == 8);
}

TEST_CASE("a device that hangs is given up after its patience") {
  SCORIA_NEEDS_VULKAN();
  if (validating()) return;  // what a hanging device holds is left as it is, which the layer rightly reports
  const auto open = open_test_device(test_probe());
  Loaded loaded(open);
  open->device.patience_s = 0.02;
  auto& submit = open->device.calls().vkQueueSubmit;
  real_submit = submit;
  submit = submit_never;
  const std::string text = error_of(ErrorKind::Device, [&] { loaded.executable.run(); });
  INFO(text);
  CHECK(contains(text, "no progress for 0.02 s"));
  CHECK(open->device.hung());
}

TEST_CASE("a lost device is an Error, and another can be opened in the same process") {
  SCORIA_NEEDS_VULKAN();
  {
    const auto open = open_test_device(test_probe());
    Loaded loaded(open);
    open->device.calls().vkQueueSubmit = submit_lost;
    const std::string text = error_of(ErrorKind::Device, [&] { loaded.executable.run(); });
    INFO(text);
    CHECK(contains(text, "VK_ERROR_DEVICE_LOST"));
    CHECK(contains(text, "the driver"));
  }
  Loaded again(open_test_device(test_probe()));
  again.executable.run();
  CHECK(state_word(*again.store, 0, 5) == 1);
}

TEST_CASE("a want of memory says how much for what, and how much there is") {
  SCORIA_NEEDS_VULKAN();
  const auto open = open_test_device(test_probe());
  open->device.calls().vkAllocateMemory = allocate_nothing;
  const std::string text = error_of(ErrorKind::Memory, [&] { Loaded loaded(open, copy_program(300 * kPart, 2)); });
  INFO(text);
  CHECK(contains(text, "vkAllocateMemory: VK_ERROR_OUT_OF_DEVICE_MEMORY for state \"steps\", 256 B ("));
  CHECK(contains(text, open->device.caps().name));
}

TEST_CASE("a device without memory that the host sees is served through staging buffers") {
  SCORIA_NEEDS_VULKAN();
  vulkan::Probe probe = test_probe();
  probe.caps.unified_memory = false;
  const auto open = open_test_device(probe);
  const std::uint64_t bytes = 8400 * kPart;  // over 16 MiB, the size of a piece
  Loaded loaded(open, copy_program(bytes, 2));
  for (std::uint32_t run = 1; run <= 4; ++run) {
    const auto x = pattern(bytes, run);
    loaded.executable.write_input(0, std::as_bytes(std::span(x)));
    loaded.executable.run();
    CHECK(read_words(loaded.executable, 0, bytes) == x);
    CHECK(state_word(*loaded.store, 0, 5) == run);
  }
  const std::uint32_t block = loaded.store->block("big", words_desc(bytes));
  const auto y = pattern(bytes, 99);
  loaded.store->write(block, 0, std::as_bytes(std::span(y)));
  std::vector<std::uint32_t> back(y.size());
  loaded.store->read(block, 0, std::as_writable_bytes(std::span(back)));
  CHECK(back == y);
}

TEST_CASE("a device without timestamps is timed by the clock") {
  SCORIA_NEEDS_VULKAN();
  vulkan::Probe probe = test_probe();
  probe.timestamp_bits = 0;
  Loaded loaded(open_test_device(probe));
  loaded.executable.run();
  CHECK(loaded.executable.statistics().submits == 4);  // one a dispatch while it measures
  for (int i = 0; i < 3; ++i) loaded.executable.run();
  CHECK(loaded.executable.statistics().submits == 1);
  const auto times = loaded.executable.run_timed();
  double total = 0;
  for (const NodeTime& time : times) total += time.ms;
  CHECK(times.size() == 4);
  CHECK(total > 0);
  CHECK(state_word(*loaded.store, 0, 5) == 5);
}

TEST_CASE("submits are cut to the device's budget") {
  SCORIA_NEEDS_VULKAN();
  const auto open = open_test_device(test_probe());
  Loaded loaded(open, copy_program(16 * kPart, 40));
  for (int i = 0; i < 3; ++i) loaded.executable.run();
  CHECK(loaded.executable.statistics().submits < 10);
  open->device.submit_budget_ms = 0;
  loaded.executable.run_timed();
  const auto x = pattern(16 * kPart, 3);
  loaded.executable.write_input(0, std::as_bytes(std::span(x)));
  loaded.executable.run();
  CHECK(loaded.executable.statistics().submits == 41);
  CHECK(loaded.executable.statistics().barriers == 39);
  CHECK(read_words(loaded.executable, 0, 16 * kPart) == x);
}

TEST_CASE("child: a call that Vulkan forbids" * doctest::skip()) {
  SCORIA_NEEDS_VULKAN();
  const auto open = open_test_device(test_probe());
  const vulkan::Buffer buffer(open->device, 256, vulkan::MemoryUse::Device, "a buffer");
  vulkan::CommandPool pool(open->device);
  const VkCommandBuffer commands = pool.begin();
  open->device.calls().vkCmdFillBuffer(commands, buffer.handle(), 2, 16, 0);  // the offset must be a multiple of 4
  pool.end(commands);
}

TEST_CASE("child: a kernel that writes beyond a buffer" * doctest::skip()) {
  SCORIA_NEEDS_VULKAN();
  Program program = copy_program(kPart, 1);
  program.dispatches.back().dispatch.words = {80};  // of 64
  const auto executable = backend.load(program, backend.make_state_store());
  executable->run();
}

TEST_CASE("the validation gate fails a test program") {
  SCORIA_NEEDS_VULKAN();
  const std::string right = "states can be written and read in parts";
  const ChildResult silent = run_child_case("SCORIA_VALIDATE=1", right);
  if (contains(silent.output, "is not installed")) {
    MESSAGE("skipped: ", silent.output);
    return;
  }
  INFO(silent.output);
  CHECK(silent.exit_code == 0);
  const ChildResult forbidden = run_child_case("SCORIA_VALIDATE=1", "child: a call that Vulkan forbids");
  INFO(forbidden.output);
  CHECK(forbidden.exit_code != 0);
  CHECK(contains(forbidden.output, "VUID-vkCmdFillBuffer-dstOffset-00025"));
  const ChildResult beyond = run_child_case("SCORIA_VALIDATE=gpu", "child: a kernel that writes beyond a buffer");
  INFO(beyond.output);
  CHECK(beyond.exit_code != 0);
  CHECK(contains(beyond.output, "validation messages"));
}

TEST_CASE("programs run without a word from core, synchronization and GPU-assisted validation") {
  SCORIA_NEEDS_VULKAN();
  if (validating()) return;  // this is already such a run
  for (const char* word : {"1", "sync", "gpu"}) {
    const ChildResult child =
        run_child(std::string("SCORIA_VALIDATE=") + word, "--source-file='*vulkan_program_test*,*vulkan_faults_test*'");
    if (contains(child.output, "is not installed")) {
      MESSAGE("skipped: ", child.output);
      return;
    }
    INFO(word, ": ", child.output);
    CHECK(child.exit_code == 0);
  }
}

}  // namespace scoria::test
