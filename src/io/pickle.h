#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/byte_reader.h"

namespace scoria {

/// A value that a pickle describes. Nothing is ever called: a call is a value too, its function and its arguments.
struct PickleValue {
  enum class Kind {
    None,
    Bool,        ///< integer
    Integer,     ///< integer
    Real,        ///< its value is not kept
    Text,        ///< text
    Tuple,       ///< items
    List,        ///< items
    Dict,        ///< items: key, value, key, value, ...
    Global,      ///< text: "module name"
    Persistent,  ///< items: what names an object outside of the pickle
    Call,        ///< items: a Global, and the tuple of arguments
  };
  Kind kind = Kind::None;
  std::int64_t integer = 0;
  std::string text = {};
  std::vector<const PickleValue*> items = {};
};

/// Runs one pickle program of Python, of the opcodes that dictionaries of tensors need, and plain objects beside them
/// (protocols 2 to 4).
///
/// Every other opcode is refused by name, and every global that is not in the given list too. At most 1,000,000
/// values, and as many on the stack and in the memo; containers are shared, never copied, so that no program makes
/// more than a constant times its length.
/// Source: CPython's Lib/pickletools.py, which describes each opcode.
class Pickle {
 public:
  /// Reads up to and with the STOP opcode. `globals` as "module name"; "collections OrderedDict" and
  /// "collections defaultdict" become a Dict. A set is a List, bytes are None.
  Pickle(ByteReader& reader, std::span<const std::string_view> globals);

  /// Lives as long as this. Containers may contain themselves.
  const PickleValue& result() const { return *result_; }

 private:
  std::deque<PickleValue> values_;
  const PickleValue* result_ = nullptr;
};

}  // namespace scoria
