#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>
#include <string>

#include "scoria/text/tokenizer.h"

/// Which tokenizer a command uses: --vocab, --cased and --contract.
class VocabularyOption {
 public:
  void add_to(CLI::App& command) {
    command.add_option("--vocab", path_, "vocab.txt, or a folder with one")->required();
    command.add_flag("--cased", cased_, "keep capitals and accents");
    command.add_option("--contract", contract_, "whose tokenizer to follow: hf (default) or google")
        ->check(CLI::IsMember({"hf", "google"}));
  }

  scoria::Tokenizer load() const {
    scoria::Tokenizer tokenizer = scoria::Tokenizer::load(path_);
    if (!cased_ && contract_.empty()) return tokenizer;
    scoria::WordPieceOptions options = tokenizer.options();
    if (cased_) options.text.lower_case = false;
    if (contract_ == "google") options.text.contract = scoria::TextContract::Google;
    return scoria::Tokenizer::load(path_, options);
  }

 private:
  std::filesystem::path path_;
  bool cased_ = false;
  std::string contract_;
};
