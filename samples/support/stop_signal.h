#pragma once

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <system_error>
#include <thread>

/// SIGINT and SIGTERM: the first is noted and answered, since a step may take seconds; the second leaves at once.
/// There is no handler: every thread has both blocked and one waits for them, so that no thread is ever interrupted
/// while it computes, whatever a library of the process does with its stack pointer.
class StopSignal {
 public:
  /// Before the program starts threads: they inherit what is blocked.
  static void install() {
    descriptor_ = ::eventfd(0, EFD_CLOEXEC);
    ::pthread_sigmask(SIG_BLOCK, &stop_signals(), nullptr);
    try {
      std::thread(wait_for_signals).detach();
    } catch (const std::system_error&) {
      // No thread is left to wait: a signal then ends the program, as it does by default.
      ::pthread_sigmask(SIG_UNBLOCK, &stop_signals(), nullptr);
    }
  }
  static bool is_set() { return received_ != 0; }
  /// 130 or 143, as a shell counts them.
  static int exit_code() { return 128 + received_; }
  /// Readable once a signal came: for the poll() of a read that may wait for ever. -1 before install().
  static int descriptor() { return descriptor_; }

 private:
  static const sigset_t& stop_signals() {
    static const sigset_t signals = [] {
      sigset_t set;
      sigemptyset(&set);
      sigaddset(&set, SIGINT);
      sigaddset(&set, SIGTERM);
      return set;
    }();
    return signals;
  }

  static void wait_for_signals() {
    for (int signal_number = 0; ::sigwait(&stop_signals(), &signal_number) == 0;) {
      if (received_ != 0) ::_exit(128 + signal_number);
      received_ = signal_number;
      constexpr char kAnswer[] = "\nstopping; once more leaves at once, without saving\n";
      [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kAnswer, sizeof kAnswer - 1);
      constexpr std::uint64_t kOne = 1;
      [[maybe_unused]] const ssize_t told = ::write(descriptor_, &kOne, sizeof kOne);
    }
  }

  static inline std::atomic<int> received_{0};
  static inline int descriptor_ = -1;
};
