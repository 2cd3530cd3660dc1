#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "io/file.h"

namespace scoria {

/// The directory of a zip archive whose members are stored as they are, which is how torch.save writes them. Zip64 is
/// read; compressed, encrypted and split archives are refused. Checksums are not compared: PyTorch has a switch that
/// leaves them out.
/// At most 100,000 members and 64 MiB of directory.
/// Source: PKWARE's APPNOTE.TXT 6.3.9, sections 4.3 to 4.5.
class ZipFile {
 public:
  struct Range {
    std::uint64_t begin = 0;  ///< in the file
    std::uint64_t size = 0;
  };

  /// Looks into the file, which must outlive it.
  explicit ZipFile(const File& file);

  /// None if there is no such member.
  std::optional<Range> find(std::string_view name) const;
  /// Of the one member whose name ends so; "" if there is none or several.
  std::string name_ending(std::string_view end) const;

 private:
  struct Member {
    std::uint64_t header = 0;
    std::uint64_t size = 0;
  };
  const File& file_;
  std::map<std::string, Member, std::less<>> members_;
};

}  // namespace scoria
