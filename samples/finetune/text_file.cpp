#include "finetune/text_file.h"

#include <fmt/format.h>

#include "scoria/error.h"

namespace finetune {

using namespace scoria;

TextFile::TextFile(const Settings& settings, const std::filesystem::path& file, ProgressView& view)
    : name_(file.string()) {
  if (file.empty()) return;
  TaskFileReport report;
  rows_ = read_labelled_texts(file, {settings.text_columns, settings.format.texts()}, report);
  for (const std::string& line : report.lines()) view.say(line);
  if (settings.task == TaskKind::Pair && !rows_.front().second) {
    throw Error(ErrorKind::Input, fmt::format("{}: one text a row, expected pairs; name the columns with --text-column "
                                              "and --pair-column, or take --task classify",
                                              name_));
  }
}

std::vector<TextScores> TextFile::predict(BertRunner& runner, const Tokenizer& tokenizer,
                                          const LongTexts& long_texts) const {
  std::vector<TextInput> inputs;
  for (const LabelledText& row : rows_) {
    inputs.push_back({row.first, row.second ? std::optional<std::string_view>(*row.second) : std::nullopt});
  }
  return classify(runner, tokenizer, inputs, long_texts);
}

}  // namespace finetune
