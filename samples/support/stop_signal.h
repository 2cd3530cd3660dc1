#pragma once

#include <signal.h>
#include <unistd.h>

#include <cerrno>

/// SIGINT and SIGTERM: the first is noted and answered, since a step may take seconds; the second leaves at once.
class StopSignal {
 public:
  static void install() {
    struct sigaction action {};
    action.sa_handler = [](int signal_number) {
      if (received_ != 0) ::_exit(128 + signal_number);
      received_ = signal_number;
      const int error_number = errno;  // of what was interrupted
      constexpr char kAnswer[] = "\nstopping; once more leaves at once, without saving\n";
      [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kAnswer, sizeof kAnswer - 1);
      errno = error_number;
    };
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
  }
  static bool is_set() { return received_ != 0; }
  /// 130 or 143, as a shell counts them.
  static int exit_code() { return 128 + received_; }

 private:
  static inline volatile sig_atomic_t received_ = 0;
};
