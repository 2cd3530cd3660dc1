#pragma once

#include <signal.h>
#include <unistd.h>

/// SIGINT and SIGTERM: the first is noted, the second leaves at once.
class StopSignal {
 public:
  static void install() {
    struct sigaction action {};
    action.sa_handler = [](int signal_number) {
      if (received_ != 0) ::_exit(128 + signal_number);
      received_ = signal_number;
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
