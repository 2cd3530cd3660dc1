// A profiler to be preloaded into a program: a timer that interrupts its first thread a thousand times a second.
// SCORIA_TEST_PROFILER says how:
//
//   plain    the handler runs on the stack of the thread that was interrupted, and fills 4 KiB of it
//   sample   the handler runs on a stack of its own, and counts stack pointers outside of the thread's stack
//
// At the end it writes "profiler: N signals, M outside" to stderr. With OMP_NUM_THREADS=1 the first thread is the one that
// computes. The timer is not ITIMER_PROF, which waits for the kernel's tick: 100 to 250 signals a second on many machines.

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

volatile std::uint64_t signals = 0, outside = 0;
std::uintptr_t stack_low = 0, stack_high = 0;
timer_t timer;
alignas(64) char handler_stack[1 << 16];

void find_stack() {
  pthread_attr_t attributes;
  void* low = nullptr;
  std::size_t bytes = 0;
  pthread_getattr_np(pthread_self(), &attributes);
  pthread_attr_getstack(&attributes, &low, &bytes);
  pthread_attr_destroy(&attributes);
  stack_low = reinterpret_cast<std::uintptr_t>(low);
  stack_high = stack_low + bytes;
}

void fill_stack(int) {
  volatile char frame[4096];
  for (std::size_t i = 0; i < sizeof frame; ++i) frame[i] = 'x';
  signals = signals + 1;
}

void sample_stack_pointer(int, siginfo_t*, void* context) {
#if defined(__x86_64__)
  const auto pointer =
      static_cast<std::uintptr_t>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RSP]);
  if (pointer < stack_low || pointer >= stack_high) outside = outside + 1;
#endif
  signals = signals + 1;
}

__attribute__((constructor)) void start() {
  const char* how = std::getenv("SCORIA_TEST_PROFILER");
  if (how == nullptr) return;
  find_stack();
  struct sigaction action {};
  action.sa_flags = SA_RESTART;
  if (std::strcmp(how, "sample") == 0) {
    const stack_t own{handler_stack, 0, sizeof handler_stack};
    sigaltstack(&own, nullptr);
    action.sa_flags |= SA_ONSTACK | SA_SIGINFO;
    action.sa_sigaction = sample_stack_pointer;
  } else {
    action.sa_handler = fill_stack;
  }
  sigaction(SIGPROF, &action, nullptr);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGPROF;
  event._sigev_un._tid = getpid();  // the first thread's number
  timer_create(CLOCK_MONOTONIC, &event, &timer);
  const itimerspec every_ms{{0, 1'000'000}, {0, 1'000'000}};
  timer_settime(timer, 0, &every_ms, nullptr);
}

__attribute__((destructor)) void stop() {
  if (std::getenv("SCORIA_TEST_PROFILER") == nullptr) return;
  timer_delete(timer);
  std::fprintf(stderr, "profiler: %llu signals, %llu outside\n", static_cast<unsigned long long>(signals),
               static_cast<unsigned long long>(outside));
}

}  // namespace
