#include "io/pickle.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "scoria/error.h"

namespace scoria {
namespace {

constexpr std::size_t kMaxValues = 1'000'000;
constexpr std::string_view kOrderedDict = "collections OrderedDict", kDefaultDict = "collections defaultdict";
using Kind = PickleValue::Kind;

// Opcodes that are not run; a message calls them by these names.
constexpr std::array<std::pair<std::uint8_t, std::string_view>, 28> kRefused{{{'0', "POP"},
                                                                              {'1', "POP_MARK"},
                                                                              {'2', "DUP"},
                                                                              {'F', "FLOAT"},
                                                                              {'I', "INT"},
                                                                              {'L', "LONG"},
                                                                              {'P', "PERSID"},
                                                                              {'S', "STRING"},
                                                                              {'V', "UNICODE"},
                                                                              {'d', "DICT"},
                                                                              {'g', "GET"},
                                                                              {'i', "INST"},
                                                                              {'l', "LIST"},
                                                                              {'o', "OBJ"},
                                                                              {'p', "PUT"},
                                                                              {'T', "BINSTRING"},
                                                                              {'U', "SHORT_BINSTRING"},
                                                                              {0x82, "EXT1"},
                                                                              {0x83, "EXT2"},
                                                                              {0x84, "EXT4"},
                                                                              {0x8B, "LONG4"},
                                                                              {0x8D, "BINUNICODE8"},
                                                                              {0x8E, "BINBYTES8"},
                                                                              {0x91, "FROZENSET"},
                                                                              {0x92, "NEWOBJ_EX"},
                                                                              {0x96, "BYTEARRAY8"},
                                                                              {0x97, "NEXT_BUFFER"},
                                                                              {0x98, "READONLY_BUFFER"}}};

std::string opcode_name(std::uint8_t opcode) {
  for (const auto& [code, name] : kRefused) {
    if (code == opcode) return std::string(name);
  }
  return "of no name";
}

class Machine {
 public:
  Machine(ByteReader& reader, std::span<const std::string_view> globals, std::deque<PickleValue>& values)
      : reader_(reader), globals_(globals), values_(values) {}

  const PickleValue* run() {
    for (;;) {
      const auto opcode = reader_.number<std::uint8_t>();
      if (opcode == '.') return pop();
      if (!push_constant(opcode) && !make_container(opcode) && !use_memo(opcode) && !name_object(opcode)) {
        reader_.fail(
            fmt::format("the pickle has opcode {} (0x{:02x}), which is not allowed: only tensors and "
                        "dictionaries are read;",
                        opcode_name(opcode), opcode));
      }
    }
  }

 private:
  bool push_constant(std::uint8_t opcode) {
    switch (opcode) {
      case 'N':
        return push({.kind = Kind::None});
      case 0x88:
      case 0x89:
        return push({.kind = Kind::Bool, .integer = opcode == 0x88});
      case 'J':
        return push_integer(reader_.number<std::int32_t>());
      case 'K':
        return push_integer(reader_.number<std::uint8_t>());
      case 'M':
        return push_integer(reader_.number<std::uint16_t>());
      case 0x8A:
        return push_integer(read_long());
      case 'G':
        reader_.take(8);
        return push({.kind = Kind::Real});
      case 'X':
        return push_text(reader_.number<std::uint32_t>());
      case 0x8C:
        return push_text(reader_.number<std::uint8_t>());
      case 'B':
        return pass_bytes(reader_.number<std::uint32_t>());
      case 'C':
        return pass_bytes(reader_.number<std::uint8_t>());
      default:
        return false;
    }
  }

  bool make_container(std::uint8_t opcode) {
    switch (opcode) {
      case '(':
        marks_.push_back(stack_.size());
        return true;
      case '}':
        return push({.kind = Kind::Dict});
      case ']':
      case 0x8F:  // EMPTY_SET
        return push({.kind = Kind::List});
      case ')':
        return push({.kind = Kind::Tuple});
      case 't':
        return push({.kind = Kind::Tuple, .items = pop_to_mark()});
      case 0x85:
      case 0x86:
      case 0x87:
        return push({.kind = Kind::Tuple, .items = pop_many(opcode - 0x84)});
      case 'a':
        return extend(Kind::List, pop_many(1), "APPEND");
      case 'e':
      case 0x90:  // ADDITEMS, of a set
        return extend(Kind::List, pop_to_mark(), "APPENDS");
      case 's':
        return extend(Kind::Dict, pop_many(2), "SETITEM");
      case 'u':
        return extend(Kind::Dict, pop_to_mark(), "SETITEMS");
      default:
        return false;
    }
  }

  bool use_memo(std::uint8_t opcode) {
    switch (opcode) {
      case 'q':
        return remember(reader_.number<std::uint8_t>());
      case 'r':
        return remember(reader_.number<std::uint32_t>());
      case 0x94:
        return remember(static_cast<std::uint32_t>(memo_.size()));
      case 'h':
        return recall(reader_.number<std::uint8_t>());
      case 'j':
        return recall(reader_.number<std::uint32_t>());
      default:
        return false;
    }
  }

  bool name_object(std::uint8_t opcode) {
    switch (opcode) {
      case 0x80:
        if (const auto protocol = reader_.number<std::uint8_t>(); protocol > 5) {
          reader_.fail(fmt::format("a pickle of protocol {}, expected 2 to 5", protocol));
        }
        return true;
      case 0x95:
        reader_.take(8);  // FRAME: how much may be read ahead
        return true;
      case 'c': {
        const std::string_view module = reader_.take_until('\n');
        return push_global(module, reader_.take_until('\n'));
      }
      case 0x93: {
        const std::vector<const PickleValue*> names = pop_many(2);
        if (names[0]->kind != Kind::Text || names[1]->kind != Kind::Text)
          reader_.fail("STACK_GLOBAL without two names");
        return push_global(names[0]->text, names[1]->text);
      }
      case 'Q':
        return push({.kind = Kind::Persistent, .items = pop_many(1)});
      case 'R':
      case 0x81:  // NEWOBJ: a call of the class
        return call();
      case 'b':
        // The state of an object: attributes of a dictionary or of an object beside it, which no tensor is in.
        pop();
        if (top()->kind != Kind::Dict && top()->kind != Kind::Call)
          reader_.fail("the pickle's BUILD changes what is not a dictionary");
        return true;
      default:
        return false;
    }
  }

  bool call() {
    const std::vector<const PickleValue*> parts = pop_many(2);
    if (parts[0]->kind != Kind::Global || parts[1]->kind != Kind::Tuple) {
      reader_.fail("the pickle's REDUCE calls what is not a global");
    }
    if (parts[0]->text == kDefaultDict) return push({.kind = Kind::Dict});
    if (parts[0]->text != kOrderedDict) return push({.kind = Kind::Call, .items = parts});
    if (!parts[1]->items.empty()) reader_.fail("an OrderedDict that does not start empty");
    return push({.kind = Kind::Dict});
  }

  bool push_global(std::string_view module, std::string_view name) {
    std::string full = fmt::format("{} {}", module, name);
    if (std::ranges::find(globals_, full) == globals_.end()) {
      throw Error(ErrorKind::Input,
                  fmt::format("{}: the pickle asks for the global {}, which is not allowed: only tensors and "
                              "dictionaries are read; if a whole model or trainer was saved, save its state_dict()",
                              reader_.where(), shown(full)));
    }
    return push({.kind = Kind::Global, .text = std::move(full)});
  }

  // Two's complement of any length; longer than eight bytes is no size or offset.
  std::int64_t read_long() {
    const std::string_view bytes = reader_.take(reader_.number<std::uint8_t>());
    if (bytes.size() > 8) reader_.fail(fmt::format("an integer of {} bytes, expected at most 8", bytes.size()));
    std::uint64_t value = !bytes.empty() && (bytes.back() & 0x80) ? ~std::uint64_t{0} : 0;
    std::memcpy(&value, bytes.data(), bytes.size());
    return static_cast<std::int64_t>(value);
  }

  // Bytes stand in no dictionary of tensors, only in the numbers of NumPy beside one.
  bool pass_bytes(std::uint64_t count) {
    reader_.take(count);
    return push({.kind = Kind::None});
  }
  bool push_integer(std::int64_t value) { return push({.kind = Kind::Integer, .integer = value}); }
  bool push_text(std::uint64_t bytes) { return push({.kind = Kind::Text, .text = std::string(reader_.take(bytes))}); }

  bool push(PickleValue value) {
    if (values_.size() >= kMaxValues) reader_.fail(fmt::format("the pickle makes more than {} values", kMaxValues));
    values_.push_back(std::move(value));
    return push_existing(&values_.back());
  }

  bool push_existing(PickleValue* value) {
    if (stack_.size() >= kMaxValues) reader_.fail(fmt::format("the pickle stacks more than {} values", kMaxValues));
    stack_.push_back(value);
    return true;
  }

  PickleValue* top() {
    const std::size_t bottom = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() <= bottom) reader_.fail("the pickle takes from an empty stack");
    return stack_.back();
  }

  PickleValue* pop() {
    PickleValue* value = top();
    stack_.pop_back();
    return value;
  }

  std::vector<const PickleValue*> take_from(std::size_t begin) {
    std::vector<const PickleValue*> taken(stack_.begin() + static_cast<std::ptrdiff_t>(begin), stack_.end());
    stack_.resize(begin);
    return taken;
  }

  std::vector<const PickleValue*> pop_many(std::size_t count) {
    const std::size_t bottom = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() < bottom + count) reader_.fail("the pickle takes from an empty stack");
    return take_from(stack_.size() - count);
  }

  std::vector<const PickleValue*> pop_to_mark() {
    if (marks_.empty()) reader_.fail("the pickle looks for a mark that is not there");
    const std::size_t begin = marks_.back();
    marks_.pop_back();
    return take_from(begin);
  }

  bool extend(Kind kind, const std::vector<const PickleValue*>& items, std::string_view opcode) {
    PickleValue* container = top();
    if (container->kind == Kind::Call) return true;  // an object of a class that is like one; it is not looked into
    if (container->kind != kind || (kind == Kind::Dict && items.size() % 2 != 0)) {
      reader_.fail(fmt::format("the pickle's {} fits nothing on the stack", opcode));
    }
    container->items.insert(container->items.end(), items.begin(), items.end());
    return true;
  }

  bool remember(std::uint32_t index) {
    if (memo_.size() >= kMaxValues) reader_.fail(fmt::format("the pickle remembers more than {} values", kMaxValues));
    memo_[index] = top();
    return true;
  }

  bool recall(std::uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) reader_.fail("the pickle recalls what it has not made");
    return push_existing(found->second);
  }

  ByteReader& reader_;
  std::span<const std::string_view> globals_;
  std::deque<PickleValue>& values_;
  std::vector<PickleValue*> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, PickleValue*> memo_;
};

}  // namespace

Pickle::Pickle(ByteReader& reader, std::span<const std::string_view> globals)
    : result_(Machine(reader, globals, values_).run()) {}

}  // namespace scoria
