// The steps of Hugging Face's normalizers alone: what they make, and of which raw bytes.
#include <doctest/doctest.h>

#include "text/grapheme.h"
#include "text/normalizer_steps.h"
#include "text/text_rewriter.h"
#include "unigram_json.h"

using namespace scoria;

namespace {

NormalizedWord applied(const NormalizerStep& step, std::string_view text) {
  NormalizedWord out, spare;
  assign_raw(out, text, 0, text.size());
  step.apply(out, spare);
  CHECK(out.sources.size() == out.text.size());
  return out;
}

int cluster_count(std::u32string_view text) {
  unicode::GraphemeBreaker breaker;
  int count = 0;
  for (const char32_t c : text) count += breaker.begins_with(c);
  return count;
}

}  // namespace

TEST_CASE("normal forms") {
  const auto form = [](bool compatible, bool composes, std::string_view text) {
    return applied(*normal_form_step(compatible, composes), text).text;
  };
  CHECK(form(false, false, "\u00e9") == "e\u0301");
  CHECK(form(false, true, "e\u0301") == "\u00e9");
  CHECK(form(false, true, "a\u0323\u0307") == "\u1ea1\u0307");
  CHECK(form(false, true, "a\u0307\u0323") == "\u1ea1\u0307");  // reordered first
  CHECK(form(true, true, "\ufb01\uff21") == "fiA");
  CHECK(form(false, true, "\ufb01") == "\ufb01");
  CHECK(form(false, true, "\u1112\u1161\u11ab") == "\ud55c");
  CHECK(form(false, false, "\ud55c") == "\u1112\u1161\u11ab");
  CHECK(form(false, true, "\u0958") == "\u0915\u093c");  // excluded from composition
  CHECK(form(true, true, "\U0001fbf0") == "\U0001fbf0");  // decomposes only since Unicode 13
}

TEST_CASE("sources of a composed and of an expanded character") {
  const NormalizedWord joined = applied(*normal_form_step(false, true), "e\u0301x");
  CHECK(joined.sources == std::vector<TokenSpan>{{0, 1}, {0, 1}, {3, 4}});
  const NormalizedWord expanded = applied(*normal_form_step(true, true), "\ufb01x");
  CHECK(expanded.sources == std::vector<TokenSpan>{{0, 3}, {0, 3}, {3, 4}});
}

TEST_CASE("grapheme clusters") {
  CHECK(cluster_count(U"ab") == 2);
  CHECK(cluster_count(U"a\u0301\u0301b") == 2);
  CHECK(cluster_count(U"\r\n\r") == 2);
  CHECK(cluster_count(U"\u1112\u1161\u11ab\uac00\u11a8") == 2);
  CHECK(cluster_count(U"\U0001f1e6\U0001f1e7\U0001f1e8") == 2);
  CHECK(cluster_count(U"\U0001f469\u200d\U0001f680x") == 2);
  CHECK(cluster_count(U"\u0915\u094d\u0937") == 1);  // an Indic conjunct
  CHECK(cluster_count(U"\u0915\u0937") == 2);
  CHECK(cluster_count(U"\u0600a") == 1);
}

TEST_CASE("a map takes the shortest entry, for a whole cluster of up to five bytes") {
  const PrecompiledMap map(small_charsmap({{"\u2122", "TM"}, {"e\u0301", "E"}}));
  CHECK(map.find("\u2122x") == "TM");
  CHECK(map.find("e\u0301\u0301") == "E");
  CHECK_FALSE(map.find("ex"));
  CHECK_FALSE(map.find(""));
  const auto step = precompiled_step(map);
  CHECK(applied(*step, "\u2122\u0301x").text == "TMx");
  CHECK(applied(*step, "\u2122\u0301\u0301").text == "TM\u0301\u0301");
  CHECK(applied(*step, "e\u0301\u0301e").text == "Ee");
}

TEST_CASE("replacing, stripping, lower-casing and the rest") {
  CHECK(applied(*replace_step("''", "\""), "a''''b").text == "a\"\"b");
  CHECK(applied(*replace_step("''", "\""), "a''b").sources[1] == TokenSpan{2, 3});
  CHECK(applied(*replace_spaces_step(2, "_"), " a   b ").text == " a_b ");
  CHECK(applied(*replace_spaces_step(1, "_"), " a   b ").text == "_a_b_");
  CHECK(applied(*strip_step(true, false), "\u3000 a ").text == "a ");
  CHECK(applied(*strip_step(false, true), " a \u2003").text == " a");
  CHECK(applied(*strip_step(false, true), "  ").text.empty());
  CHECK(applied(*lowercase_step(), "\u0130A").text == "i\u0307a");
  CHECK(applied(*strip_accents_step(), "e\u0301\u0903").text == "e");
  CHECK(applied(*nmt_step(), "a\tb\u200bc\x02").text == "a b c");
  CHECK(applied(*prepend_step("_"), "a").text == "_a");
  CHECK(applied(*prepend_step("_"), "").text.empty());
}
