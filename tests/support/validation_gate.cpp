// Makes a test program fail if the validation layer (SCORIA_VALIDATE) said anything, at teardown too: the gate is made
// before any device is opened, and goes after the last one.

#include <cstdio>
#include <cstdlib>

#include "backend/vulkan/vulkan_backend.h"
#include "scoria/log.h"

namespace scoria::test {
namespace {

class ValidationGate {
 public:
  ValidationGate() {
    if (!std::getenv("SCORIA_VALIDATE")) return;
    set_log_sink([](LogLevel level, std::string_view line) {
      if (level != LogLevel::Warning) return;
      std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
    });
  }
  ~ValidationGate() {
    const std::uint64_t count = validation_message_count();
    if (count == 0) return;
    std::fprintf(stderr, "%llu validation messages\n", static_cast<unsigned long long>(count));
    std::fflush(nullptr);
    std::_Exit(1);
  }
};

const ValidationGate gate;

}  // namespace
}  // namespace scoria::test
