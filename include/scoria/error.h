#pragma once

#include <stdexcept>
#include <string>

namespace scoria {

/// What went wrong, in the terms of the programs' exit codes (the value is the exit code).
enum class ErrorKind {
  Usage = 1,    ///< a call or a command line that makes no sense
  Input = 2,    ///< a file from outside that is not what it should be
  Memory = 3,   ///< host or device memory does not suffice
  Device = 4,   ///< no usable device, or the device failed
  Io = 5,       ///< the operating system refused a read or a write
  Numeric = 6,  ///< training produced values that are not finite
};

/// The caller's mistake or the world's refusal. what() is one line: what is wrong, where, what was
/// expected, what was given; then what to do. Our own bugs are never an Error: they stop the program.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace scoria
