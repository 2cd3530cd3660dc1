// From the tokens of a text to what a model is fed: special tokens, windows, padding, batches on threads.
#include <fmt/core.h>

#include <algorithm>
#include <mutex>

#include "base/block_workers.h"
#include "scoria/error.h"
#include "scoria/text/tokenizer.h"
#include "text/tokenizer_model.h"
#include "text/truncation.h"
#include "text/unicode.h"

namespace scoria {
namespace {

struct Tokens {
  std::vector<std::int32_t> ids;
  std::vector<TokenSpan> offsets;
};

Tokens tokens_of(const Tokenizer& tokenizer, std::string_view text, OffsetUnit unit) {
  Tokens out;
  tokenizer.append(text, out.ids, out.offsets);
  if (unit == OffsetUnit::CodePoints) to_code_points(text, out.offsets);
  return out;
}

/// One window of a text, or of each of a pair, with its special tokens.
class Assembler {
 public:
  Assembler(const Template& around, bool add_special_tokens, const Tokens& first, const Tokens* second)
      : template_(around), special_(add_special_tokens), first_(first), second_(second) {}

  Encoding operator()(const Window& first, const Window* second) const {
    Encoding out;
    reserve(out, (first.end - first.begin) + (second ? second->end - second->begin : 0) + template_.size());
    for (const TemplateItem& item : template_) {
      if (item.kind == TemplateItem::First) {
        add(out, first_, first, item.segment);
      } else if (item.kind == TemplateItem::Second) {
        add(out, *second_, *second, item.segment);
      } else if (special_) {
        add_special(out, item.id, item.segment);
      }
    }
    out.attention_mask.assign(out.ids.size(), 1);
    return out;
  }

 private:
  static void reserve(Encoding& out, std::size_t count) {
    out.ids.reserve(count);
    out.offsets.reserve(count);
    out.segments.reserve(count);
    out.special_tokens_mask.reserve(count);
  }
  static void add(Encoding& out, const Tokens& tokens, const Window& window, std::int32_t segment) {
    const auto begin = static_cast<std::ptrdiff_t>(window.begin), end = static_cast<std::ptrdiff_t>(window.end);
    out.ids.insert(out.ids.end(), tokens.ids.begin() + begin, tokens.ids.begin() + end);
    out.offsets.insert(out.offsets.end(), tokens.offsets.begin() + begin, tokens.offsets.begin() + end);
    out.segments.resize(out.ids.size(), segment);
    out.special_tokens_mask.resize(out.ids.size(), 0);
  }
  static void add_special(Encoding& out, std::int32_t id, std::int32_t segment) {
    out.ids.push_back(id);
    out.offsets.push_back({});
    out.segments.push_back(segment);
    out.special_tokens_mask.push_back(1);
  }

  const Template& template_;
  bool special_;
  const Tokens& first_;
  const Tokens* second_;
};

std::size_t room_for_text(const Tokenizer& tokenizer, const TextInput& input, const EncodeOptions& options) {
  const std::size_t added =
      options.add_special_tokens ? tokenizer.special_token_count(input.second.has_value()) : 0;
  if (options.truncation != Truncation::None && options.max_length < added)
    throw Error(ErrorKind::Usage,
                fmt::format("encode: max_length is {}; the special tokens alone are {}", options.max_length, added));
  return options.max_length - std::min<std::size_t>(added, options.max_length);
}

/// In Hugging Face's order: each further window of the first text with every one of the second, then the first
/// window with the further ones of the second.
Encoding encode_unpadded(const Tokenizer& tokenizer, const Template& around, const TextInput& input,
                         const EncodeOptions& options) {
  const Tokens first = tokens_of(tokenizer, input.first, options.offset_unit);
  const Tokens second = input.second ? tokens_of(tokenizer, *input.second, options.offset_unit) : Tokens{};
  const std::optional<std::size_t> second_count = input.second ? std::optional(second.ids.size()) : std::nullopt;
  const Windows windows = cut(first.ids.size(), second_count, room_for_text(tokenizer, input, options), options);
  const Assembler assemble(around, options.add_special_tokens, first, input.second ? &second : nullptr);
  Encoding out = assemble(windows.first[0], input.second ? &windows.second[0] : nullptr);
  for (std::size_t i = 1; i <= windows.first.size(); ++i) {
    const bool is_kept = i == windows.first.size();
    const Window& window = windows.first[is_kept ? 0 : i];
    if (!input.second && !is_kept) out.overflow.push_back(assemble(window, nullptr));
    for (std::size_t j = is_kept ? 1 : 0; j < windows.second.size(); ++j)
      out.overflow.push_back(assemble(window, &windows.second[j]));
  }
  return out;
}

template <typename T>
void pad_list(std::vector<T>& list, std::size_t count, T value, Side side) {
  list.insert(side == Side::Right ? list.end() : list.begin(), count, value);
}

void pad(Encoding& encoding, std::size_t length, std::int32_t pad_id, Side side) {
  for (Encoding& window : encoding.overflow) pad(window, length, pad_id, side);
  if (encoding.ids.size() >= length) return;
  const std::size_t count = length - encoding.ids.size();
  pad_list(encoding.ids, count, pad_id, side);
  pad_list(encoding.offsets, count, TokenSpan{}, side);
  pad_list(encoding.segments, count, 0, side);
  pad_list(encoding.attention_mask, count, std::uint8_t{0}, side);
  pad_list(encoding.special_tokens_mask, count, std::uint8_t{1}, side);
}

void pad_all(std::span<Encoding> encodings, const EncodeOptions& options, std::int32_t pad_id) {
  if (options.padding == Padding::None) return;
  std::size_t length = options.padding == Padding::Fixed ? options.padded_length : 0;
  if (options.padding == Padding::Longest)
    for (const Encoding& encoding : encodings) length = std::max(length, encoding.ids.size());
  if (const std::size_t multiple = options.pad_to_multiple_of; multiple > 0)
    length = (length + multiple - 1) / multiple * multiple;
  for (Encoding& encoding : encodings) pad(encoding, length, pad_id, options.padding_side);
}

/// Of the errors of a batch that of the lowest input, whatever the order in which threads come upon them.
class FirstError {
 public:
  void note(std::size_t input, const Error& error) {
    std::lock_guard lock(mutex_);
    if (error_ && input_ < input) return;
    input_ = input;
    error_ = error;
  }
  void rethrow() const {
    if (error_) throw Error(error_->kind(), fmt::format("input {}: {}", input_, error_->what()));
  }

 private:
  std::mutex mutex_;
  std::size_t input_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Encoding Tokenizer::encode(std::string_view text, bool add_special_tokens) const {
  return encode_unpadded(*this, model_->single, {text}, {.add_special_tokens = add_special_tokens});
}

Encoding Tokenizer::encode_pair(std::string_view first, std::string_view second, bool add_special_tokens) const {
  return encode_unpadded(*this, model_->pair, {first, second}, {.add_special_tokens = add_special_tokens});
}

Encoding Tokenizer::encode(const TextInput& input, const EncodeOptions& options) const {
  Encoding out = encode_unpadded(*this, input.second ? model_->pair : model_->single, input, options);
  pad_all({&out, 1}, options, pad_id());
  return out;
}

std::vector<Encoding> Tokenizer::encode_batch(std::span<const TextInput> inputs, const EncodeOptions& options,
                                              int thread_count) const {
  std::vector<Encoding> out(inputs.size());
  FirstError error;
  const auto encode_range = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      try {
        out[i] = encode_unpadded(*this, inputs[i].second ? model_->pair : model_->single, inputs[i], options);
      } catch (const Error& thrown) {
        error.note(i, thrown);
      }
    }
  };
  constexpr std::size_t kInputsAtOnce = 64;
  thread_count = resolve_thread_count(thread_count);
  if (thread_count == 1 || inputs.size() <= kInputsAtOnce) {
    encode_range(0, inputs.size());
  } else {
    BlockWorkers<Window> workers(thread_count, [&](int, Window& range) { encode_range(range.begin, range.end); });
    for (std::size_t begin = 0; begin < inputs.size(); begin += kInputsAtOnce)
      workers.push({begin, std::min(begin + kInputsAtOnce, inputs.size())});
    workers.finish();
  }
  error.rethrow();
  pad_all(out, options, pad_id());
  return out;
}

void to_code_points(std::string_view text, std::span<TokenSpan> offsets) {
  const bool is_ascii = std::none_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) < 0; });
  if (is_ascii) return;
  std::vector<std::uint32_t> count_before(text.size() + 1);
  std::uint32_t count = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = unicode::decode(text, at).byte_count;
    for (std::size_t i = 0; i < size; ++i) count_before[at + i] = count;
    at += size;
    ++count;
  }
  count_before[text.size()] = count;
  for (TokenSpan& span : offsets) span = {count_before.at(span.begin), count_before.at(span.end)};
}

}  // namespace scoria
