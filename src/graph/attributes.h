#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace scoria {

using Attribute = std::variant<std::int64_t, double, std::vector<std::int64_t>>;

/// A node's constants by name, in the order they were given. Few per node, so a list and not a map.
class Attributes {
 public:
  Attributes() = default;
  Attributes(std::initializer_list<std::pair<std::string, Attribute>> items) : items_(items) {}

  /// The named constant. A missing name or another type is a bug of ours.
  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;
  const std::vector<std::int64_t>& integers(std::string_view name) const;
  bool flag(std::string_view name) const { return integer(name) != 0; }

  bool has(std::string_view name) const;
  void set(std::string name, Attribute value);
  /// "{eps: 1e-12, axis: 1}", or "" when there are none.
  std::string to_string() const;
  friend bool operator==(const Attributes&, const Attributes&) = default;

 private:
  const Attribute& at(std::string_view name) const;
  std::vector<std::pair<std::string, Attribute>> items_;
};

}  // namespace scoria
