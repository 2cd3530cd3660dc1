#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace scoria {

/// A charsmap of a few keys, which begin with different bytes, and what stands for each.
inline std::string small_charsmap(const std::vector<std::pair<std::string, std::string>>& entries) {
  // All nodes share one block: the children of a node at `base` lie at base ^ byte, those of the root at their bytes.
  std::vector<std::uint32_t> units(256);
  std::vector<bool> taken(256);
  taken[0] = true;
  for (const auto& entry : entries) taken[static_cast<unsigned char>(entry.first[0])] = true;
  std::string texts;
  for (const auto& [key, text] : entries) {
    std::size_t place = static_cast<unsigned char>(key[0]);
    for (std::size_t i = 0; i < key.size(); ++i) {
      const std::size_t next = i + 1 < key.size() ? static_cast<unsigned char>(key[i + 1]) : 0;
      std::size_t base = 1;
      while (taken[base] || taken[base ^ next]) ++base;
      taken[base] = taken[base ^ next] = true;
      units[place] = static_cast<std::uint32_t>((place ^ base) << 10) | static_cast<unsigned char>(key[i]);
      if (next == 0) units[place] |= 256;
      place = base ^ next;
    }
    units[place] = 1u << 31 | static_cast<std::uint32_t>(texts.size());
    texts += text + '\0';
  }
  std::string out;
  const auto put = [&](std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift);
  };
  put(static_cast<std::uint32_t>(4 * units.size()));
  for (const std::uint32_t unit : units) put(unit);
  return out + texts;
}

inline std::string base64(std::string_view bytes) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      out += at + i > bytes.size() ? '=' : kDigits[bits >> (18 - 6 * i) & 63];
  }
  return out;
}

/// As transformers writes an XLM-R's: a map that joins a trademark's letters and removes U+0001, spaces joined, Metaspace.
inline std::string unigram_json() {
  const std::string map = base64(small_charsmap({{"\u2122", "TM"}, {"\x01", ""}, {"\u00e9", "e"}}));
  return R"({"version": "1.0", "truncation": null, "padding": null, "added_tokens": [
{"id": 0, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
{"id": 1, "content": "<pad>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
{"id": 2, "content": "</s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
{"id": 3, "content": "<unk>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
{"id": 14, "content": "<mask>", "single_word": false, "lstrip": true, "rstrip": false, "normalized": false, "special": true}],
"normalizer": {"type": "Sequence", "normalizers": [{"type": "Precompiled", "precompiled_charsmap": ")" +
         map + R"("}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]},
"pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
"post_processor": {"type": "TemplateProcessing",
  "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
             {"SpecialToken": {"id": "</s>", "type_id": 0}}],
  "pair": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
           {"SpecialToken": {"id": "</s>", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}},
           {"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
  "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}},
"decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
"model": {"type": "Unigram", "unk_id": 3, "byte_fallback": false, "vocab": [["<s>", 0.0], ["<pad>", 0.0], ["</s>", 0.0],
["<unk>", 0.0], ["▁", -2.0], ["▁a", -2.5], ["a", -3.0], ["b", -3.0], ["ab", -6.0], ["▁ab", -5.0], ["T", -4.0], ["M", -4.0],
["e", -3.5], ["▁the", -3.0], ["<mask>", 0.0]]}})";
}

}  // namespace scoria
