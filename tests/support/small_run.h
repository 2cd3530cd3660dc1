#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "support/child_process.h"
#include "support/small_corpus.h"
#include "support/temporary_folder.h"

namespace scoria {

/// A run of pretrain that is right and takes a moment, for one thing at a time to be changed.
struct SmallRun {
  TemporaryFolder folder;
  std::string corpus = folder / "corpus.txt";
  std::string out = folder / "out";

  SmallRun() {
    write_small_corpus(corpus);
    put_bytes(folder / "tiny.json",
              R"({"model_type": "bert", "vocab_size": 200, "hidden_size": 32, "num_hidden_layers": 1,
      "num_attention_heads": 2, "intermediate_size": 64, "max_position_embeddings": 64})");
  }

  /// The command line, with flags added or in the place of its own.
  std::vector<std::string> command(const std::vector<std::string>& flags = {}) const {
    std::vector<std::string> arguments{program_path("pretrain"), "--log-every", "1"};
    const auto has = [&](const char* flag) { return std::find(flags.begin(), flags.end(), flag) != flags.end(); };
    const auto add_unless_given = [&](const char* flag, const std::string& value) {
      if (!has(flag)) arguments.insert(arguments.end(), {flag, value});
    };
    add_unless_given("--out", out);
    add_unless_given("--device", "cpu");
    add_unless_given("--corpus", corpus);
    add_unless_given("--model", folder / "tiny.json");
    add_unless_given("--steps", "2");
    add_unless_given("--batch", "2");
    add_unless_given("--seq-len", "32");
    if (!has("--vocab")) add_unless_given("--vocab-size", "150");
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return arguments;
  }
  ChildResult operator()(const std::vector<std::string>& flags) const { return run_program(command(flags)); }

  /// A file beside the corpus.
  std::string file(const std::string& name, const std::string& bytes) const {
    put_bytes(folder / name, bytes);
    return folder / name;
  }
};

}  // namespace scoria
