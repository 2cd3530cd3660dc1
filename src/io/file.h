#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace scoria {

/// An open file that is closed with its owner. Every refusal of the operating system is an Error that names the
/// path, the errno text and what to do: Input where the file is missing or is a folder, Io otherwise.
class File {
 public:
  static File open(const std::filesystem::path& path);
  /// Makes the file or empties it.
  static File create(const std::filesystem::path& path);
  ~File();
  File(File&& other) noexcept;
  File& operator=(File&&) = delete;

  std::uint64_t size() const;
  /// Reads all of bytes at offset. Throws Error (Input) where the file ends before.
  void read_at(std::uint64_t offset, std::span<std::byte> bytes) const;
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  /// Over what is there already; write goes on where it was.
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  /// Returns once the contents are on the medium.
  void sync();
  /// Closes; unlike the destructor it reports a refusal.
  void close();
  const std::filesystem::path& path() const { return path_; }
  /// Of the operating system; closed with this object.
  int descriptor() const { return descriptor_; }

 private:
  File(int descriptor, std::filesystem::path path) : descriptor_(descriptor), path_(std::move(path)) {}
  int descriptor_ = -1;
  std::filesystem::path path_;
};

/// Throws the Error for a system call that just failed: "cannot VERB PATH: ERRNO TEXT; what to do".
[[noreturn]] void throw_io_error(std::string_view verb, const std::filesystem::path& path, int error_number);

/// Whether a name that comes from a file stays in the folder it is looked for in: not "", "." or "..", no "/", no NUL.
bool is_plain_file_name(std::string_view name);

/// Makes the names in a folder durable: after a rename, or after files were made in it.
void sync_folder(const std::filesystem::path& folder);

/// All of a file. Throws Error (Input) above max_bytes.
std::string read_text(const std::filesystem::path& path, std::uint64_t max_bytes);

}  // namespace scoria
