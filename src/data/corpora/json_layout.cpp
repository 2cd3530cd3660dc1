#include "data/corpora/json_layout.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "data/corpora/json_scanner.h"

namespace scoria {
namespace {

class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
  std::size_t read(char* to, std::size_t size) override {
    const std::size_t count = bytes_.copy(to, size, at_);
    at_ += count;
    return count;
  }
  std::uint64_t bytes_read() const override { return at_; }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

/// What an object turned out to be; where the bytes end inside it, as far as they go.
struct ObjectStart {
  bool is_object = false;       ///< {} or {"...":
  bool has_data_array = false;  ///< a member "data" is a list of objects, or empty
  bool spans_lines = false;     ///< it is sound, and goes on behind its first line
};

ObjectStart look_into(std::string_view start) {
  constexpr std::size_t kNameBytes = 5;
  InputBytes bytes(std::make_unique<MemorySource>(start), start.size() + 1);
  bytes.refill();
  JsonScanner scanner(bytes, LineEnds::Blank);
  ObjectStart object;
  try {
    scanner.expect('{');
    object.is_object = scanner.take('}');
    if (object.is_object) return object;
    do {
      std::string name;
      scanner.read_string(name, kNameBytes);
      scanner.expect(':');
      object.is_object = true;
      if (name == "data" && scanner.take('[')) {
        object.has_data_array = scanner.peek() == '{' || scanner.peek() == ']';
        return object;
      }
      scanner.skip_value();
    } while (scanner.take(','));
    scanner.expect('}');
    object.spans_lines = scanner.line() > 1;
  } catch (const BadJson&) {
    // Sound where it is the bytes that end.
    const bool is_on_later_line = scanner.line() > 1;
    object.spans_lines = is_on_later_line && scanner.peek() < 0;
  }
  return object;
}

/// Whether the first line closes and more comes: what objects line by line do, and one object over lines does not.
bool goes_by_lines(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == text.npos || text.find_first_not_of(" \t\r\n", end) == text.npos) return false;
  const std::size_t last = text.substr(0, end).find_last_not_of(" \t\r");
  return last != text.npos && text[last] == '}';
}

}  // namespace

JsonLayout json_layout(std::string_view start) {
  constexpr std::string_view kBlank = " \t\r\n";
  start.remove_prefix(std::min(start.find_first_not_of(kBlank), start.size()));
  if (start.starts_with('[')) {
    const std::size_t next = start.find_first_not_of(kBlank, 1);
    if (next == start.npos) return JsonLayout::None;
    const bool is_empty = start[next] == ']' && start.find_first_not_of(kBlank, next + 1) == start.npos;
    return is_empty || look_into(start.substr(next)).is_object ? JsonLayout::Array : JsonLayout::None;
  }
  const ObjectStart object = look_into(start);
  if (!object.is_object) return JsonLayout::None;
  if (goes_by_lines(start)) return JsonLayout::Lines;
  if (object.has_data_array) return JsonLayout::DataArray;
  return object.spans_lines ? JsonLayout::Sequence : JsonLayout::Lines;
}

JsonLayout json_layout_or_lines(std::string_view start) {
  const JsonLayout layout = json_layout(start);
  return layout == JsonLayout::None ? JsonLayout::Lines : layout;
}

bool is_named_json(std::filesystem::path path) {
  static constexpr std::array kExtensions = {".jsonl", ".ndjson", ".json"};
  if (path.extension() == ".zst") path = path.stem();
  return std::ranges::find(kExtensions, path.extension().string()) != kExtensions.end();
}

}  // namespace scoria
