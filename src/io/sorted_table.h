#pragma once

#include <map>
#include <string>
#include <string_view>

#include "io/file.h"

namespace scoria {

/// The last bytes of a sorted table.
bool is_sorted_table(const File& file);

/// Reads all of a sorted string table, LevelDB's file format, which is the index of a TensorFlow checkpoint: key to
/// value. Every block's checksum is compared. Compressed blocks are refused: TensorFlow writes none.
/// At most 64 MiB, 100,001 entries and keys of 512 bytes.
/// Source: doc/table_format.md of LevelDB.
std::map<std::string, std::string> read_sorted_table(const File& file);

}  // namespace scoria
