#pragma once

#include <filesystem>
#include <vector>

#include "model/module_list.h"
#include "scoria/model/sentence_pipeline.h"

namespace scoria {

/// Reads the pooling and the modules behind it, settings and weights, from the folders that modules.json names. Throws
/// Error (Input), one line, for what is not computed here.
void read_modules(const std::vector<ModuleEntry>& entries, const std::filesystem::path& folder,
                  SentencePipeline& pipeline);

}  // namespace scoria
