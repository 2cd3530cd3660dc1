#pragma once

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

/// Talk on stderr: one line that is redrawn on a terminal, plain lines elsewhere, colour unless NO_COLOR says
/// otherwise.
class ProgressView {
 public:
  ProgressView() {
    const char* terminal = std::getenv("TERM");
    // A dumb terminal cannot redraw a line.
    is_terminal_ = ::isatty(STDERR_FILENO) != 0 && !(terminal && std::string_view(terminal) == "dumb");
    const char* no_color = std::getenv("NO_COLOR");
    has_color_ = is_terminal_ && !(no_color && *no_color);
  }
  ~ProgressView() { clear(); }

  bool is_terminal() const { return is_terminal_; }

  /// A line that stays.
  void say(const std::string& line) {
    clear();
    fmt::print(stderr, "{}\n", line);
    std::fflush(stderr);
  }

  /// The line that is redrawn, at most ten times a second; nothing where stderr is no terminal.
  void bar(double fraction, const std::string& text) {
    const auto now = std::chrono::steady_clock::now();
    if (!is_terminal_ || (drawn_ && fraction < 1 && now - last_ < std::chrono::milliseconds(100))) return;
    last_ = now;
    const int filled = static_cast<int>(std::clamp(fraction, 0.0, 1.0) * kBarColumns);
    const std::string done(static_cast<std::size_t>(filled), '#'),
        left(static_cast<std::size_t>(kBarColumns - filled), '.');
    const std::size_t columns = terminal_columns();
    const std::string rest = text.substr(0, columns > kBarColumns + 4 ? columns - kBarColumns - 4 : 0);
    fmt::print(stderr, "\r\x1b[K[{}{}{}{}] {}", has_color_ ? "\x1b[32m" : "", done, has_color_ ? "\x1b[0m" : "", left,
               rest);
    std::fflush(stderr);
    drawn_ = true;
  }

  /// The bar of a reading; a total of 0 is not known.
  void bytes(std::string_view what, std::uint64_t done, std::uint64_t total) {
    const std::string of = total == 0 ? "" : fmt::format(" of {:.1f}", static_cast<double>(total) / 1e6);
    const double part = total == 0 ? 0.0 : static_cast<double>(done) / static_cast<double>(total);
    bar(part, fmt::format("{} {:.1f}{} MB", what, static_cast<double>(done) / 1e6, of));
  }

  static std::string duration(double seconds) {
    const auto whole = static_cast<long long>(std::max(seconds, 0.0) + 0.5);
    if (whole >= 3600) return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
    if (whole >= 60) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
    return fmt::format("{}s", whole);
  }

 private:
  static constexpr int kBarColumns = 20;

  static std::size_t terminal_columns() {
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
  }

  void clear() {
    if (drawn_) fmt::print(stderr, "\r\x1b[K");
    drawn_ = false;
  }

  bool is_terminal_ = false;
  bool has_color_ = false;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_{};
};
