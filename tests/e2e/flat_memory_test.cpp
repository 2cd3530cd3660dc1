// After the first steps a training step allocates nothing, on the host or the device. oneDNN allocates a few hundred
// bytes for its argument list each time a primitive runs; those are counted apart, since nobody but oneDNN can avoid
// them.

#include <dlfcn.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "scoria/session.h"
#include "support/test_device.h"
#include "train/training_graphs.h"

namespace {

// Looking up the caller costs more than the allocation: only the measured steps pay for it.
std::atomic<bool> is_counting{false};
std::atomic<std::uint64_t> host_allocations{0}, onednn_allocations{0};

bool is_onednn(const void* code) {
  Dl_info info{};
  return dladdr(code, &info) != 0 && info.dli_fname != nullptr && std::strstr(info.dli_fname, "dnnl") != nullptr;
}

void* counted(std::size_t bytes, const void* caller) {
  if (is_counting) ++(is_onednn(caller) ? onednn_allocations : host_allocations);
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}

}  // namespace

// Every C++ allocation of the process, the library's included, comes through here.
void* operator new(std::size_t bytes) { return counted(bytes, __builtin_return_address(0)); }
void* operator new[](std::size_t bytes) { return counted(bytes, __builtin_return_address(0)); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

using namespace scoria;

namespace {

void check_flat(const Device& device) {
  const BertConfig config = BertConfig::preset("tiny");
  const ParameterLayout layout(bert_parameters(config));
  const BertBatchShape shape{2, 32, 4};
  Session session(device, make_step_graph(config, shape, layout, {}));
  session.write("parameters", layout.initial_values(1, 0.02f));
  session.write("decay_blocks", layout.decay_blocks());
  const std::vector<std::int32_t> ids(static_cast<std::size_t>(shape.tokens()), 7), zeros(ids.size(), 0);
  const std::vector<std::int32_t> lengths{32, 32}, rows{1, 2, 3, 4, 33, 34, 35, 36, 0, 32}, labels(8, 9), next{0, 1};
  const std::vector<std::uint32_t> rng{1, 2, 3, 0};
  const float denominator = 8;
  std::vector<std::byte> record(session.desc("record").byte_count());
  const auto one_step = [&] {
    session.write("input_ids", std::as_bytes(std::span(ids)));
    session.write("segments", std::as_bytes(std::span(zeros)));
    session.write("lengths", std::as_bytes(std::span(lengths)));
    session.write("head_rows", std::as_bytes(std::span(rows)));
    session.write("masked_labels", std::as_bytes(std::span(labels)));
    session.write("next_sentence_labels", std::as_bytes(std::span(next)));
    session.write("mlm_denominator", std::as_bytes(std::span(&denominator, 1)));
    session.write("nsp_denominator", std::as_bytes(std::span(&denominator, 1)));
    session.write("rng", std::as_bytes(std::span(rng)));
    session.step();
    session.read("record", record);
  };
  for (int step = 0; step < 3; ++step) one_step();

  const std::uint64_t host_before = host_allocations, onednn_before = onednn_allocations;
  const std::uint64_t device_before = session.statistics().device_allocations;
  constexpr int kSteps = 20;
  is_counting = true;
  for (int step = 0; step < kSteps; ++step) one_step();
  is_counting = false;
  const StepStatistics statistics = session.statistics();
  const std::uint64_t host = host_allocations - host_before, onednn = onednn_allocations - onednn_before;
  CHECK(host == 0);
  CHECK(statistics.device_allocations - device_before == 0);
  MESSAGE(
      fmt::format("{}: {} host and {} device allocations in {} steps after the third ({} inside oneDNN); "
                  "{} dispatches, {} barriers, {:.3f} host ms a step",
                  device.info().name, host, statistics.device_allocations - device_before, kSteps, onednn,
                  statistics.dispatches, statistics.barriers, statistics.host_ms));
}

}  // namespace

TEST_CASE("a step after the third allocates nothing on the CPU") { check_flat(test::cpu_test_device()); }

TEST_CASE("a step after the third allocates nothing on Vulkan") {
  if (const Device* device = test::vulkan_test_device()) {
    check_flat(*device);
  } else {
    MESSAGE("skipped: " << test::vulkan_test_device_refusal());
  }
}
