#include "support/recorded_files.h"

#include <stdexcept>

namespace scoria::recorded {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  throw std::runtime_error("not a hexadecimal digit");
}

}  // namespace

std::string bytes(std::string_view hexadecimal) {
  std::string result;
  for (std::size_t i = 0; i < hexadecimal.size(); i += 2) {
    if (hexadecimal[i] == '(') {
      const std::size_t end = hexadecimal.find(')', i);
      result.append(std::stoul(std::string(hexadecimal.substr(i + 1, end - i - 1))), '\0');
      i = end - 1;
    } else {
      result += static_cast<char>(digit(hexadecimal[i]) * 16 + digit(hexadecimal[i + 1]));
    }
  }
  return result;
}

}  // namespace scoria::recorded
