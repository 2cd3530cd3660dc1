#include "graph/attributes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.h"

namespace scoria {
namespace {

struct Print {
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return fmt::format("{:g}", value); }
  std::string operator()(const std::vector<std::int64_t>& values) const {
    return fmt::format("[{}]", fmt::join(values, ", "));
  }
};

}  // namespace

const Attribute& Attributes::at(std::string_view name) const {
  for (const auto& [key, value] : items_) {
    if (key == name) return value;
  }
  check_failed(__FILE__, __LINE__, "attribute exists", std::string(name).c_str());
}

std::int64_t Attributes::integer(std::string_view name) const { return std::get<std::int64_t>(at(name)); }
double Attributes::number(std::string_view name) const { return std::get<double>(at(name)); }
const std::vector<std::int64_t>& Attributes::integers(std::string_view name) const {
  return std::get<std::vector<std::int64_t>>(at(name));
}

bool Attributes::has(std::string_view name) const {
  for (const auto& item : items_) {
    if (item.first == name) return true;
  }
  return false;
}

void Attributes::set(std::string name, Attribute value) {
  for (auto& item : items_) {
    if (item.first == name) {
      item.second = std::move(value);
      return;
    }
  }
  items_.emplace_back(std::move(name), std::move(value));
}

std::string Attributes::to_string() const {
  if (items_.empty()) return "";
  std::string text;
  for (const auto& [name, value] : items_) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", name, std::visit(Print{}, value));
  }
  return "{" + text + "}";
}

}  // namespace scoria
