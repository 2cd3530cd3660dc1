#include "model/config_labels.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>

#include "base/log.h"
#include "io/json.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kMaxLabels = 65536;

Json take(Json& fields, const char* key) {
  const auto found = fields.find(key);
  if (found == fields.end()) return nullptr;
  Json value = std::move(*found);
  fields.erase(found);
  return value;
}

[[noreturn]] void fail(std::string_view where, const std::string& what) {
  throw Error(ErrorKind::Input, fmt::format("{}: {}; mend the file or take another", where, what));
}

// As Python writes them where a label is no text.
std::string name_of(const Json& name, const std::string& number, std::string_view where) {
  if (name.is_string()) return name.get<std::string>();
  if (name.is_boolean()) return name.get<bool>() ? "True" : "False";
  if (name.is_number()) return name.dump();
  fail(where, fmt::format("\"id2label\" must map numbers to names, got {} for {}",
                          name.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 80), number));
}

void check_count(const Json& map, const char* key, std::string_view where) {
  if (!map.is_object() || map.empty() || map.size() > static_cast<std::size_t>(kMaxLabels))
    fail(where, fmt::format("\"{}\" must have 1 to {} labels", key, kMaxLabels));
}

std::vector<std::string> names_by_number(const Json& id2label, std::string_view where) {
  check_count(id2label, "id2label", where);
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < id2label.size(); ++i) {
    const std::string number = std::to_string(i);
    if (!id2label.contains(number)) {
      fail(where,
           fmt::format("\"id2label\" has {} labels and none of number {}; they count from 0", id2label.size(), number));
    }
    labels.push_back(name_of(id2label[number], number, where));
  }
  return labels;
}

// A label's number; scripts write some as texts.
std::optional<std::size_t> number_of(const Json& value) {
  if (value.is_number_unsigned()) return value.get<std::size_t>();
  if (!value.is_string()) return {};
  const auto& text = value.get_ref<const std::string&>();
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

// Empty unless its numbers are 0, 1, 2, ... each once.
std::vector<std::string> reversed(const Json& label2id) {
  std::vector<std::string> labels(label2id.size());
  std::vector<bool> is_there(label2id.size());
  for (const auto& [name, value] : label2id.items()) {
    const std::optional<std::size_t> number = number_of(value);
    if (!number || *number >= labels.size() || is_there[*number]) return {};
    labels[*number] = name;
    is_there[*number] = true;
  }
  return labels;
}

void tell_disagreement(const std::vector<std::string>& labels, const Json& label2id, const Json& count,
                       std::string_view where) {
  if (!count.is_null() && count != labels.size()) {
    log(LogLevel::Warning, fmt::format("{}: \"num_labels\" is {}, and \"id2label\" has {} labels; the labels count",
                                       where, count.dump(), labels.size()));
  }
  if (label2id.is_object() && !label2id.empty() && reversed(label2id) != labels) {
    log(LogLevel::Warning, fmt::format("{}: \"label2id\" is not the reverse of \"id2label\", which counts", where));
  }
}

}  // namespace

std::vector<std::string> take_labels(Json& fields, std::string_view where) {
  const Json names = take(fields, "id2label"), numbers = take(fields, "label2id"), count = take(fields, "num_labels");
  if (!names.is_null()) {
    std::vector<std::string> labels = names_by_number(names, where);
    tell_disagreement(labels, numbers, count, where);
    return labels;
  }
  if (!numbers.is_null()) {
    check_count(numbers, "label2id", where);
    std::vector<std::string> labels = reversed(numbers);
    if (labels.empty()) fail(where, "\"label2id\" must give its labels the numbers from 0 on, each once");
    tell_disagreement(labels, nullptr, count, where);
    return labels;
  }
  std::vector<std::string> labels;
  if (count.is_null()) return labels;
  const std::int64_t n = json_integer({{"num_labels", count}}, "num_labels", where, 1, kMaxLabels);
  for (std::int64_t i = 0; i < n; ++i) labels.push_back(fmt::format("LABEL_{}", i));
  return labels;
}

void write_labels(const std::vector<std::string>& labels, Json& fields) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    fields["id2label"][std::to_string(i)] = labels[i];
    fields["label2id"][labels[i]] = i;
  }
}

}  // namespace scoria
