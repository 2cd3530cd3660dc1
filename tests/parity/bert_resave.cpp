// bert_resave: loads a model of files_parity.py and saves it again.
//
//   bert_resave FOLDER_OR_FILE OUT_FOLDER
//
// Prints one line: the class, how many tensors were loaded, and what the report has to say.
#include <fmt/format.h>

#include <exception>

#include "scoria/model/bert_files.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: bert_resave FOLDER_OR_FILE OUT_FOLDER\n");
    return 1;
  }
  try {
    const scoria::LoadedBert loaded = scoria::load_bert(argv[1]);
    scoria::save_bert(argv[2], loaded.model);
    fmt::print("{}, {} loaded; {}\n", scoria::architecture(loaded.model.head), loaded.report.loaded.size(),
               loaded.report.to_string());
  } catch (const std::exception& error) {
    fmt::print(stderr, "bert_resave: {}\n", error.what());
    return 2;
  }
}
