// After the third of each length a training step allocates nothing, on the host or the device.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <new>
#include <vector>

#include "support/test_device.h"
#include "train/training_step.h"

namespace {

std::atomic<std::uint64_t> host_allocations{0};

void* counted(std::size_t bytes) {
  ++host_allocations;
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}

void* counted(std::size_t bytes, std::align_val_t alignment) {
  ++host_allocations;
  const auto boundary = static_cast<std::size_t>(alignment);
  if (void* memory = std::aligned_alloc(boundary, (bytes + boundary - 1) / boundary * boundary)) return memory;
  throw std::bad_alloc();
}

}  // namespace

// Every C++ allocation of the process, the library's included, comes through here.
void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
void* operator new(std::size_t bytes, std::align_val_t alignment) { return counted(bytes, alignment); }
void* operator new[](std::size_t bytes, std::align_val_t alignment) { return counted(bytes, alignment); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

using namespace scoria;

namespace {

// Two sequences that fill the length.
PretrainingBatch batch_of(const BertBatchShape& shape) {
  const auto T = static_cast<std::size_t>(shape.tokens()), M = static_cast<std::size_t>(shape.masked());
  PretrainingBatch batch;
  batch.batch_size = static_cast<std::int32_t>(shape.batch);
  batch.sequence_length = static_cast<std::int32_t>(shape.sequence_length);
  batch.max_predictions = static_cast<std::int32_t>(shape.predictions);
  batch.ids.assign(T, 7);
  batch.segments.assign(T, 0);
  batch.lengths.assign(2, batch.sequence_length);
  for (std::int32_t i = 0; i < 2 * batch.max_predictions; ++i)
    batch.masked_rows.push_back(i / batch.max_predictions * batch.sequence_length + i % batch.max_predictions + 1);
  batch.masked_labels.assign(M, 9);
  batch.next_sentence_labels = {0, 1};
  batch.masked_count = shape.masked();
  return batch;
}

// Steps of two lengths by turns, as in a run with length bins.
void check_flat(const Device& device, bool packed) {
  const BertConfig config = BertConfig::preset("tiny");
  const ParameterLayout layout(bert_parameters(config));
  const std::vector<BertBatchShape> shapes{{2, 16, 2}, {2, 32, 4}};
  TrainingStep training(device, config, shapes, packed, 1, layout, {}, 1);
  training.session_of("parameters").write("parameters", layout.initial_values(1, 0.02f));
  const PretrainingBatch batches[] = {batch_of(shapes[0]), batch_of(shapes[1])};
  std::int64_t done = 0;
  double loss = 0;
  const auto one_step = [&] {
    training.run(batches[done % 2], done);
    loss = training.record()[0];
    ++done;
  };
  for (int step = 0; step < 6; ++step) one_step();

  const std::uint64_t host_before = host_allocations;
  const std::uint64_t device_before = training.statistics().device_allocations;
  constexpr int kSteps = 20;
  for (int step = 0; step < kSteps; ++step) one_step();
  const std::uint64_t host = host_allocations - host_before;
  const StepStatistics statistics = training.statistics();
  CHECK(std::isfinite(loss));
  CHECK(host == 0);
  CHECK(statistics.device_allocations - device_before == 0);
  MESSAGE(
      fmt::format("{}, {}: {} host and {} device allocations in {} steps of two lengths; {} dispatches, {} barriers, "
                  "{:.3f} host ms a step",
                  device.info().name, packed ? "packed" : "padded", host, statistics.device_allocations - device_before, kSteps,
                  statistics.dispatches, statistics.barriers, statistics.host_ms));
}

}  // namespace

TEST_CASE("a step after the third allocates nothing on the CPU") {
  for (const bool packed : {false, true}) check_flat(test::cpu_test_device(), packed);
}

TEST_CASE("a step after the third allocates nothing on Vulkan") {
  if (const Device* device = test::vulkan_test_device()) {
    for (const bool packed : {false, true}) check_flat(*device, packed);
  } else {
    MESSAGE("skipped: " << test::vulkan_test_device_refusal());
  }
}
