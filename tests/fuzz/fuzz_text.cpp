// Any bytes as a text file, read in blocks of the first byte's size: the documents that a plain description of the
// rules gives, whose sentences lose nothing but space.
#include <optional>
#include <utility>

#include "base/check.h"
#include "corpus_bytes.h"
#include "data/corpora/article_marks.h"
#include "data/corpora/text_documents.h"
#include "target.h"

using namespace scoria;

namespace {

using Documents = std::map<std::uint64_t, std::string>;

Documents read(std::unique_ptr<InputBytes> bytes) {
  CorpusReport report;
  TextDocuments reader({"fuzz.txt", std::move(bytes), report});
  return all_documents(reader);
}

Documents expected_documents(std::string_view text) {
  Documents documents;
  std::uint64_t line = 0, first = 0;
  bool in_article = false;
  std::optional<std::string> title;
  each_line(text, [&](std::string_view raw) {
    ++line;
    const std::string clean = clean_line(raw);
    const std::optional<std::string> opened = opened_article(raw.starts_with("<doc ") ? raw : "");
    if (opened || (in_article && raw.starts_with("</doc>") && closes_article(raw))) {
      in_article = opened.has_value();
      title = opened;
      first = 0;
    } else if (clean.empty() && in_article) {
    } else if (title && is_title(raw, *std::exchange(title, {}))) {
    } else if (clean.empty()) {
      first = 0;
    } else if (first == 0) {
      documents[first = line] = clean;
    } else {
      documents[first] += '\n' + clean;
    }
  });
  return documents;
}

std::string without_space(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ' ' && c != '\t' && c != '\n') out += c;
  return out;
}

void check_sentences(const std::string& document) {
  std::vector<std::string_view> sentences;
  split_sentences(document, LineMeaning::Prose, sentences);
  std::string joined;
  for (const std::string_view sentence : sentences) {
    SCORIA_CHECK(!sentence.empty(), "no sentence is empty");
    joined += without_space(sentence);
  }
  SCORIA_CHECK(joined == without_space(document), "sentences lose nothing but space");
}

}  // namespace

std::vector<std::string> seeds() {
  using namespace std::string_literals;
  return {
      "\x07One sentence. Two!\nThree\n\n \t\nMr. Smith\r\n\r\nend"s,
      "\x01\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80\n\n\xE4\xB8"s, "\x02 a\0b\0\n\0\n\xED\xA0\x80\xFF\x80"s,
      "\x05<doc id=\"1\" url=\"u\" title=\"A &amp; B\">\r\nA & B\n\nOne.\n\nTwo [SEP].\n</doc>\n<doc id=\"2\">\n</doc>x\n"s,
      "\x40\"Stop!\" he said. \xE5\xA5\xBD\xE3\x80\x82\xE5\xA5\xB9"s};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t block_bytes = 1 + bytes[0];
  const std::string_view text = as_text(bytes, size).substr(1);
  const Documents documents = read(in_memory(text, block_bytes));
  SCORIA_CHECK(documents == expected_documents(text), "the documents are those of the description");
  for (const auto& [line, document] : documents) check_sentences(document);
  return 0;
}
