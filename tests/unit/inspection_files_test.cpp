#include "scoria/inspect/inspection_files.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "scoria/error.h"
#include "support/small_inspection.h"
#include "support/temporary_folder.h"

using namespace scoria;
using Json = nlohmann::json;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

std::string page_of(const std::vector<Inspection>& inspections) {
  const TemporaryFolder folder;
  write_inspection_page(folder / "page.html", inspections);
  return file_bytes(folder / "page.html");
}

/// The data of a page, as a browser would read it.
Json data_of(const std::string& page) {
  const std::string open = R"(<script type="application/json" id="data">)";
  const std::size_t begin = page.find(open) + open.size();
  return Json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

void check_equal(const Json& json, const Tensor& tensor) {
  std::vector<float> flat;
  const auto add = [&flat](const auto& self, const Json& part) -> void {
    if (part.is_array()) {
      for (const Json& item : part) self(self, item);
    } else {
      flat.push_back(part.get<float>());
    }
  };
  add(add, json);
  const auto values = tensor.values<float>();
  CHECK(flat == std::vector<float>(values.begin(), values.end()));
}

}  // namespace

TEST_CASE("inspection page: text that would be code stays text") {
  const test::SmallBert bert;
  const std::string plain = page_of({bert.inspect("the bank")});
  CHECK(count(plain, "<script") == 2);
  const std::string hostile[] = {
      "</script><script>alert(1)</script>",   "<!--<script>",
      "\"'`&lt;{{script}}{{data}}$&",         "\xe2\x80\xae right to left \xd7\xa9\xd7\x9c",
      std::string("nul \0 and \x1b[31m", 15), "\xf0\x9f\xa6\x80\xf0\x9f\x87\xa9 \xff\xfe\x80 not UTF-8",
      "line\nbreak\xe2\x80\xa8separator"};
  for (const std::string& text : hostile) {
    CAPTURE(text);
    Inspection seen = bert.inspect(text, text);
    seen.model_name = text;
    const std::string page = page_of({seen});
    CHECK(count(page, "<script") == count(plain, "<script"));
    CHECK(count(page, "</script") == count(plain, "</script"));
    CHECK(count(page, "<!--") == count(plain, "<!--"));
    const Json model = data_of(page)["models"][0];
    std::string slices;
    for (const Json& slice : model["slices"][1]) slices += slice["text"].get<std::string>();
    // Bytes that are not UTF-8 are shown as U+FFFD, and given as bytes.
    if (text.find('\xff') == std::string::npos) {
      CHECK(model["texts"][1]["raw"] == text);
      CHECK(slices == text);
    } else {
      CHECK(slices.find("\xef\xbf\xbd") != std::string::npos);
    }
    std::string bytes;
    for (const Json& slice : model["slices"][0]) bytes += slice["bytes"].get<std::string>();
    CHECK(bytes.size() == 2 * text.size());
  }
}

TEST_CASE("inspection page: asks for nothing from outside") {
  const std::string page = page_of({test::SmallBert().inspect("the bank")});
  CHECK(page.find("default-src 'none'") != std::string::npos);
  for (const char* address : {"https:", "src=\"", "@import", "url("}) CHECK(count(page, address) == 0);
  CHECK(count(page, "http:") == 1);  // the name of SVG's elements
  CHECK(page.find("{{") == std::string::npos);
}

TEST_CASE("inspection JSON: the same floats") {
  const TemporaryFolder folder;
  const test::SmallBert bert, other(BertHead::Pooler, 2);
  const std::vector<Inspection> both{bert.inspect("the bank"), other.inspect("the bank")};
  write_inspection_json(folder / "x.json", both);
  const Json json = Json::parse(file_bytes(folder / "x.json"));
  const Json& model = json["models"][0];
  check_equal(model["hidden"], both[0].hidden);
  check_equal(model["attention"], both[0].attention);
  check_equal(model["entropy"], both[0].entropy);
  check_equal(model["norms"], both[0].norms);
  check_equal(model["similarity"], both[0].similarity);
  check_equal(model["cls_path"], both[0].cls_path);
  check_equal(model["cls_cosine"], both[0].cls_cosine);
  CHECK(model["hidden"].size() == 4);
  CHECK(model["hidden"][0].size() == 4);
  CHECK(model["pieces"] == both[0].tokens.pieces);
  CHECK(model["architecture"] == "BertForMaskedLM");
  CHECK(model["predictions"]["tokens"][3][1][0] == both[0].predicted(3, 1)[0].token);
  CHECK(model["predictions"]["probabilities"][3][1][0].get<float>() == both[0].predicted(3, 1)[0].probability);
  CHECK(json["models"][1]["predictions"].is_null());
  CHECK(json["comparison"]["same_pieces"] == true);
  CHECK(json["comparison"]["cka"].size() == 4);
  write_inspection_json(folder / "one.json", {both.data(), 1});
  CHECK(Json::parse(file_bytes(folder / "one.json"))["comparison"].is_null());
}

TEST_CASE("inspection arrays: which files there are") {
  const TemporaryFolder folder;
  const test::SmallBert bert, other(BertHead::Pooler, 2);
  write_inspection_npy(folder / "a" / "b",
                       std::vector<Inspection>{bert.inspect("the bank"), other.inspect("the bank")});
  for (const char* name :
       {"hidden", "attention", "entropy", "norms", "similarity", "cls_cosine", "cls_path", "ids", "segments",
        "prediction_ids", "prediction_probabilities", "second_hidden", "cka", "cosine", "attention_difference"})
    CHECK(std::filesystem::file_size(folder / "a" / "b" / (std::string(name) + ".npy")) > 64);
  CHECK_FALSE(std::filesystem::exists(folder / "a" / "b" / "second_prediction_ids.npy"));
  CHECK(file_bytes(folder / "a" / "b" / "attention.npy").find("'shape': (3, 3, 4, 4)") != std::string::npos);
}

TEST_CASE("inspection image: sizes, and maps that are not there") {
  const TemporaryFolder folder;
  const Inspection seen = test::SmallBert().inspect("the bank");
  const auto size_of = [&](const AttentionChoice& choice) -> std::string {
    try {
      write_attention_png(folder / "x.png", seen, choice);
    } catch (const Error& error) {
      return error.what();
    }
    const std::string bytes = file_bytes(folder / "x.png");
    const auto number = [&](std::size_t at) {
      return static_cast<unsigned char>(bytes[at + 2]) * 256 + static_cast<unsigned char>(bytes[at + 3]);
    };
    return bytes.substr(1, 3) + " " + std::to_string(number(16)) + " x " + std::to_string(number(20));
  };
  CHECK(size_of({.layer = 4}) == "layer 4 of a model that has 3; they count from 1");
  CHECK(size_of({.layer = 1, .head = 0}) == "head 0 of a model that has 3; they count from 1");
  CHECK_FALSE(std::filesystem::exists(folder / "x.png"));
  if (const std::string all = size_of({}); all.find("libpng-dev") != std::string::npos) {
    MESSAGE("skipped: " << all);
    return;
  }
  CHECK(size_of({}) == "PNG 304 x 304");  // 3 maps of 4 cells of 24 pixels, 4 gaps of 4
  CHECK(size_of({.layer = 3, .head = 3}) == "PNG 512 x 512");
  CHECK(size_of({.head = 2}) == "PNG 512 x 512");
}

TEST_CASE("inspection files: one inspection or two, and a folder that is not there") {
  const TemporaryFolder folder;
  const Inspection seen = test::SmallBert().inspect("the bank");
  CHECK_THROWS_AS(write_inspection_page(folder / "x.html", {}), Error);
  CHECK_THROWS_AS(write_inspection_page(folder / "x.html", std::vector<Inspection>{seen, seen, seen}), Error);
  CHECK_THROWS_AS(write_inspection_page(folder / "none" / "x.html", {&seen, 1}), Error);
  CHECK(std::filesystem::is_empty(folder.path()));
}
