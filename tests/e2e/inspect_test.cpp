// inspect as a program: every format, and one line for what it cannot do.

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "scoria/model/bert_files.h"
#include "support/child_process.h"
#include "support/small_inspection.h"

using namespace scoria;

namespace {

/// A folder with a model and its vocabulary.
struct Folder {
  TemporaryFolder folder;
  std::string model = folder / "model";

  Folder() {
    const test::SmallBert bert;
    save_bert(model, bert.model);
    put_bytes(folder / "model" / "vocab.txt", bert.tokenizer.vocab_txt());
  }
  std::string out(const std::string& name) const { return folder / name; }
  ChildResult inspect(const std::vector<std::string>& flags, const std::string& name = "out") const {
    std::vector<std::string> command{program_path("inspect"), "--device", "cpu", "--out", out(name)};
    command.insert(command.end(), flags.begin(), flags.end());
    return run_program(command);
  }
  /// The last line of what it says, its exit code before it.
  std::string refusal(const std::vector<std::string>& flags) const {
    const ChildResult result = inspect(flags);
    CHECK(result.output.empty());
    CHECK_FALSE(std::filesystem::exists(out("out")));
    const std::size_t end = result.talk.size() - 1, begin = result.talk.rfind('\n', end - 1) + 1;
    return std::to_string(result.code) + " " + result.talk.substr(begin, end - begin);
  }
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("inspect writes every format") {
  const Folder folder;
  const std::vector<std::string> plain{"--model", folder.model, "--text", "The river banks"};
  const auto with = [&](std::vector<std::string> flags) {
    flags.insert(flags.end(), plain.begin(), plain.end());
    return flags;
  };
  CHECK(folder.inspect(plain, "page.html").code == 0);
  CHECK(has(file_bytes(folder.out("page.html")), "<title>inspect: model</title>"));
  CHECK(folder.inspect(with({"--compare", folder.model, "--text-b", "the bank"}), "pair.html").code == 0);
  CHECK(has(file_bytes(folder.out("pair.html")), "\"same_pieces\":true"));
  CHECK(folder.inspect(with({"--format", "json"}), "x.json").code == 0);
  CHECK(has(file_bytes(folder.out("x.json")), "\"pieces\":[\"[CLS]\",\"the\",\"river\",\"bank\",\"##s\",\"[SEP]\"]"));
  CHECK(folder.inspect(with({"--format", "npy"}), "arrays").code == 0);
  CHECK(std::filesystem::exists(folder.out("arrays") + "/prediction_ids.npy"));
  const ChildResult png = folder.inspect(with({"--format", "png", "--layer", "2", "--head", "1"}), "x.png");
  if (!has(png.talk, "libpng-dev")) CHECK(png.code == 0);
}

TEST_CASE("inspect says in one line what is wrong") {
  const Folder folder;
  const auto refusal = [&](std::vector<std::string> flags) {
    flags.insert(flags.end(), {"--model", folder.model});
    return folder.refusal(flags);
  };
  CHECK(refusal({"--text", "the", "--layer", "1"}) ==
        "1 inspect: --layer and --head choose the map of --format png; a page and data hold all");
  CHECK(refusal({"--text", "the", "--format", "png", "--compare", folder.model}) ==
        "1 inspect: --format png draws one model; leave out --compare");
  CHECK(has(refusal({"--text", "the", "--format", "png", "--layer", "9"}), "layer 9 of a model that has 3"));
  CHECK(has(refusal({"--text", "the", "--format", "gif"}), "1 inspect: --format: gif not in {html,json,npy,png}"));
  CHECK(has(refusal({"--text", "the", "--compare", folder.out("none")}), "2 inspect: "));
  put_bytes(folder.folder / "model" / "vocab.txt", "[PAD]\n[UNK]\n[SEP]\n[MASK]\n");
  CHECK(has(refusal({"--text", "the"}), "[CLS]"));
  std::filesystem::remove(folder.folder / "model" / "vocab.txt");
  CHECK(has(refusal({"--text", "the"}), "2 inspect: "));
  put_bytes(folder.folder / "model" / "model.safetensors", "not tensors");
  CHECK(has(refusal({"--text", "the"}), "2 inspect: "));
}
