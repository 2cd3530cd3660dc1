#include "backend/vulkan_programs.h"
#include "scoria/error.h"

namespace scoria::test {

TEST_CASE("a program copies its input through the arena to its output, run after run") {
  SCORIA_NEEDS_VULKAN();
  const std::uint64_t bytes = 5 * kPart;
  const auto store = backend.make_state_store();
  const auto executable = backend.load(copy_program(bytes, 7), store);
  for (std::uint32_t run = 1; run <= 6; ++run) {
    const auto x = pattern(bytes, run);
    executable->write_input(0, std::as_bytes(std::span(x)));
    executable->run();
    CHECK(read_words(*executable, 0, bytes) == x);
    CHECK(state_word(*store, 0, 5) == run);
    CHECK(state_word(*store, 0, 4) == 0);
  }
}

TEST_CASE("inputs are kept from run to run, and begin as zeros") {
  SCORIA_NEEDS_VULKAN();
  const auto executable = backend.load(copy_program(kPart, 2), backend.make_state_store());
  executable->run();
  CHECK(read_words(*executable, 0, kPart) == std::vector<std::uint32_t>(kPart / 4, 0));
  const auto x = pattern(kPart, 9);
  executable->write_input(0, std::as_bytes(std::span(x)));
  executable->run();
  executable->fill_intermediates(0x7fc00000);
  executable->run();
  CHECK(read_words(*executable, 0, kPart) == x);
}

TEST_CASE("programs share states by name") {
  SCORIA_NEEDS_VULKAN();
  const auto store = backend.make_state_store();
  const auto first = backend.load(copy_program(kPart, 1), store);
  const auto second = backend.load(copy_program(kPart, 3), store);
  first->run();
  second->run();
  first->run();
  CHECK(state_word(*store, store->block("steps", words_desc(256)), 5) == 3);
  CHECK_THROWS_WITH_AS(store->block("steps", words_desc(512)),
                       "state \"steps\": known as u32 [64], and asked for as u32 [128]; give one of them another name",
                       Error);
}

TEST_CASE("states can be written and read in parts") {
  SCORIA_NEEDS_VULKAN();
  const auto store = backend.make_state_store();
  const std::uint32_t block = store->block("s", words_desc(64));
  CHECK(state_word(*store, block, 3) == 0);
  const std::uint32_t word = 77;
  store->write(block, 12, std::as_bytes(std::span(&word, 1)));
  CHECK(state_word(*store, block, 3) == 77);
  CHECK(state_word(*store, block, 2) == 0);
  CHECK(state_word(*store, block, 4) == 0);
}

TEST_CASE("intermediates can be filled and regions read") {
  SCORIA_NEEDS_VULKAN();
  const Program program = copy_program(kPart, 2);
  const auto executable = backend.load(program, backend.make_state_store());
  executable->fill_intermediates(0xabcd1234);
  std::vector<std::uint32_t> words(kPart / 4);
  executable->read_region({Space::Arena, 1, 0, kPart}, std::as_writable_bytes(std::span(words)));
  CHECK(words == std::vector<std::uint32_t>(kPart / 4, 0xabcd1234));
}

TEST_CASE("barriers are recorded exactly where the plan has them") {
  SCORIA_NEEDS_VULKAN();
  const auto executable = backend.load(copy_program(kPart, 7), backend.make_state_store());
  executable->run();
  CHECK(executable->statistics().barriers == 6);
  CHECK(executable->statistics().dispatches == 8);
}

TEST_CASE("a program without dispatches runs") {
  SCORIA_NEEDS_VULKAN();
  Program program;
  program.input_bytes = 256;
  const Region x{Space::Input, 0, 0, 256};
  program.inputs = {{"x", words_desc(256), x}};
  program.outputs = {{"y", words_desc(256), x}};
  const auto executable = backend.load(program, backend.make_state_store());
  const auto words = pattern(256, 1);
  executable->write_input(0, std::as_bytes(std::span(words)));
  executable->run();
  CHECK(read_words(*executable, 0, 256) == words);
}

TEST_CASE("memory is flat once a program runs") {
  SCORIA_NEEDS_VULKAN();
  const auto executable = backend.load(copy_program(kPart, 40), backend.make_state_store());
  for (int i = 0; i < 3; ++i) executable->run();
  std::vector<std::uint32_t> words(kPart / 4);
  executable->read_output(0, std::as_writable_bytes(std::span(words)));
  const StepStatistics before = executable->statistics();
  for (int i = 0; i < 50; ++i) {
    executable->write_input(0, std::as_bytes(std::span(words)));
    executable->run();
    executable->read_output(0, std::as_writable_bytes(std::span(words)));
  }
  const StepStatistics after = executable->statistics();
  CHECK(after.device_allocations == before.device_allocations);
  CHECK(after.device_bytes == before.device_bytes);
  CHECK(after.steps == 53);
}

TEST_CASE("memory is given back when a program goes") {
  SCORIA_NEEDS_VULKAN();
  const auto keeper = backend.load(copy_program(kPart, 1), backend.make_state_store());
  keeper->run();
  const std::uint64_t before = keeper->statistics().device_bytes;
  {
    const auto other = backend.load(copy_program(100 * kPart, 3), backend.make_state_store());
    keeper->run();
    CHECK(keeper->statistics().device_bytes > before + 200 * kPart);
  }
  keeper->run();
  CHECK(keeper->statistics().device_bytes == before);
}

TEST_CASE("programs that share their states share the memory of intermediate values") {
  SCORIA_NEEDS_VULKAN();
  const auto store = backend.make_state_store();
  const auto large = backend.load(copy_program(100 * kPart, 3), store);
  large->run();
  const std::uint64_t one = large->statistics().device_bytes;
  const auto apart = backend.load(copy_program(100 * kPart, 3), backend.make_state_store());
  apart->run();
  const std::uint64_t two = apart->statistics().device_bytes;
  const auto sharing = backend.load(copy_program(100 * kPart, 3), store);
  sharing->run();
  CHECK(sharing->statistics().device_bytes - two < two - one);
  const auto words = pattern(100 * kPart, 1);
  for (Executable* executable : {large.get(), sharing.get(), large.get()}) {
    executable->write_input(0, std::as_bytes(std::span(words)));
    executable->run();
    CHECK(read_words(*executable, 0, 100 * kPart) == words);
  }
}

TEST_CASE("a timed run measures every node and counts as a step") {
  SCORIA_NEEDS_VULKAN();
  const auto store = backend.make_state_store();
  const auto executable = backend.load(copy_program(64 * kPart, 3), store);
  for (int i = 0; i < 4; ++i) executable->run();
  const std::vector<NodeTime> times = executable->run_timed();
  REQUIRE(times.size() == 4);
  double total = 0;
  for (std::uint32_t i = 0; i < times.size(); ++i) {
    CHECK(times[i].node == i);
    CHECK(times[i].ms >= 0);
    total += times[i].ms;
  }
  CHECK(total > 0);
  executable->run();
  CHECK(state_word(*store, 0, 5) == 6);
}

TEST_CASE("more memory than the driver allows in one piece is an Error that names it") {
  SCORIA_NEEDS_VULKAN();
  Program program = copy_program(kPart, 1);
  program.arena_block_bytes = {backend.caps()->max_allocation_bytes + 256};
  try {
    backend.load(program, backend.make_state_store());
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Memory);
    const std::string text = error.what();
    CHECK(text.find("the activation arena") != std::string::npos);
    CHECK(text.find("use a smaller batch") != std::string::npos);
  }
}

TEST_CASE("a shader that the build lacks is an Error that names it") {
  SCORIA_NEEDS_VULKAN();
  Program program = copy_program(kPart, 1);
  program.dispatches[0].dispatch.shader = "no_such_shader";
  try {
    backend.load(program, backend.make_state_store());
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Device);
    CHECK(std::string(error.what()).find("shader no_such_shader is not in this build") != std::string::npos);
  }
}

}  // namespace scoria::test
