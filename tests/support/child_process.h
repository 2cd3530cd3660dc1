#pragma once

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/temporary_folder.h"

namespace scoria {

/// A program of the build, in the folder of the test that asks.
inline std::filesystem::path program_path(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

struct ChildResult {
  int code = -1;       ///< exit code; -1 where a signal ended it
  std::string output;  ///< stdout
  std::string talk;    ///< stderr
};

/// A program that runs while the test goes on.
class ChildProcess {
 public:
  explicit ChildProcess(const std::vector<std::string>& arguments, std::optional<rlim_t> file_bytes = {}) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    const std::string out = folder_ / "out", err = folder_ / "err";
    id_ = ::fork();
    if (id_ != 0) return;
    if (file_bytes) {
      const rlimit limit{*file_bytes, *file_bytes};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      ::signal(SIGXFSZ, SIG_IGN);
    }
    // Models of a few thousand weights lose more to waking threads than they gain, on a busy machine a hundredfold.
    ::setenv("OMP_NUM_THREADS", "1", 1);
    ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
    ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600), STDERR_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ~ChildProcess() {
    if (id_ > 0) {
      ::kill(id_, SIGKILL);
      ::waitpid(id_, nullptr, 0);
    }
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void send(int signal_number) const { ::kill(id_, signal_number); }
  bool is_running() {
    if (id_ > 0 && ::waitpid(id_, &status_, WNOHANG) == id_) id_ = 0;
    return id_ > 0;
  }
  std::string talk() const { return file_bytes(folder_ / "err"); }
  /// Waits until stderr has the text or the program ends; whether it has.
  bool wait_for(const std::string& text) {
    while (talk().find(text) == std::string::npos) {
      if (!is_running()) return talk().find(text) != std::string::npos;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }
  ChildResult wait() {
    if (id_ > 0) ::waitpid(id_, &status_, 0);
    id_ = 0;
    return {WIFEXITED(status_) ? WEXITSTATUS(status_) : -1, file_bytes(folder_ / "out"), talk()};
  }

 private:
  TemporaryFolder folder_;
  pid_t id_ = 0;
  int status_ = 0;
};

inline ChildResult run_program(const std::vector<std::string>& arguments, std::optional<rlim_t> file_bytes = {}) {
  return ChildProcess(arguments, file_bytes).wait();
}

}  // namespace scoria
