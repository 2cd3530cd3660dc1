#pragma once

// Small programs made by hand for the tests of the Vulkan backend, out of two shaders that are part of it: peak_copy
// (copies whole parts of 2 KiB) and canary (adds one to a word).

#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "backend/vulkan/vulkan_backend.h"
#include "plan/program.h"
#include "support/test_device.h"

namespace scoria::test {

inline constexpr std::uint32_t kPart = 2048;  // bytes that one workgroup of 64 copies

inline const OpDef kCopyOp{.name = "copy"};
inline const OpDef kCountOp{.name = "count"};

inline TensorDesc words_desc(std::uint64_t bytes) { return {DType::u32, Shape{static_cast<std::int64_t>(bytes / 4)}}; }

inline void add_dispatch(Program& program, const OpDef& op, Dispatch dispatch, std::vector<Region> buffers,
                         bool barrier_before) {
  PlacedNode node;
  node.op = &op;
  node.label = std::to_string(program.nodes.size());
  node.kernel = dispatch.shader;
  program.nodes.push_back(std::move(node));
  PlacedDispatch placed;
  placed.node = static_cast<std::uint32_t>(program.nodes.size() - 1);
  placed.dispatch = std::move(dispatch);
  placed.buffers = std::move(buffers);
  placed.barrier_before = barrier_before;
  program.dispatches.push_back(std::move(placed));
}

inline void add_copy(Program& program, const Region& from, const Region& to, bool barrier_before) {
  Dispatch dispatch;
  dispatch.shader = "peak_copy";
  dispatch.constants = {64};
  dispatch.buffers = {Operand::in(0), Operand::out(0)};
  dispatch.grid = {static_cast<std::uint32_t>(from.bytes / kPart), 1, 1};
  add_dispatch(program, kCopyOp, dispatch, {from, to}, barrier_before);
}

inline void add_count(Program& program, const Region& words, std::uint32_t index, bool barrier_before) {
  Dispatch dispatch;
  dispatch.shader = "canary";
  dispatch.constants = {1};
  dispatch.buffers = {Operand::update(0)};
  dispatch.words = {index};
  add_dispatch(program, kCountOp, dispatch, {words}, barrier_before);
}

/// input "x" -> arena -> ... -> output "y", in `hops` copies, and a state "steps" whose word 5 counts the runs.
inline Program copy_program(std::uint64_t bytes, std::uint32_t hops) {
  Program program;
  program.input_bytes = program.output_bytes = bytes;
  program.arena_block_bytes = {bytes, bytes};
  const Region x{Space::Input, 0, 0, bytes}, y{Space::Output, 0, 0, bytes};
  const Region steps{Space::State, 0, 0, 256};
  Region from = x;
  for (std::uint32_t hop = 0; hop < hops; ++hop) {
    const Region to = hop + 1 == hops ? y : Region{Space::Arena, hop % 2, 0, bytes};
    add_copy(program, from, to, hop > 0);
    from = to;
  }
  add_count(program, steps, 5, false);
  program.inputs = {{"x", words_desc(bytes), x}};
  program.outputs = {{"y", words_desc(bytes), y}};
  program.states = {{"steps", words_desc(256), steps}};
  return program;
}

inline std::vector<std::uint32_t> pattern(std::uint64_t bytes, std::uint32_t seed) {
  std::vector<std::uint32_t> words(bytes / 4);
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = static_cast<std::uint32_t>(i * 2654435761u + seed);
  return words;
}

inline std::vector<std::uint32_t> read_words(const Executable& executable, std::uint32_t output, std::uint64_t bytes) {
  std::vector<std::uint32_t> words(bytes / 4);
  executable.read_output(output, std::as_writable_bytes(std::span(words)));
  return words;
}

inline std::uint32_t state_word(const StateStore& store, std::uint32_t block, std::uint32_t index) {
  std::uint32_t word = 0;
  store.read(block, index * 4, std::as_writable_bytes(std::span(&word, 1)));
  return word;
}

}  // namespace scoria::test

/// Ends a test case, reported by name, where there is no Vulkan device to run it.
#define SCORIA_NEEDS_VULKAN()                                                           \
  if (!scoria::test::vulkan_test_device()) {                                            \
    MESSAGE("skipped, no Vulkan device: ", scoria::test::vulkan_test_device_refusal()); \
    return;                                                                             \
  }                                                                                     \
  [[maybe_unused]] Backend& backend = scoria::test::vulkan_test_device()->backend()
