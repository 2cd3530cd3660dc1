#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "support/temporary_folder.h"

namespace scoria {

/// These bytes are standard input for as long as it lives.
class StandardInput {
 public:
  explicit StandardInput(const std::string& bytes) {
    put_bytes(folder_ / "in", bytes);
    const int file = ::open((folder_ / "in").c_str(), O_RDONLY);
    ::dup2(file, STDIN_FILENO);
    ::close(file);
  }
  ~StandardInput() {
    ::dup2(before_, STDIN_FILENO);
    ::close(before_);
  }

 private:
  TemporaryFolder folder_;
  int before_ = ::dup(STDIN_FILENO);
};

}  // namespace scoria
