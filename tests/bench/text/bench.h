#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

/// What every measurement is told.
struct BenchSettings {
  std::filesystem::path corpus, vocabulary;
  int thread_count = 1;
  int repeats = 5;
};

struct BenchRow {
  std::string name;
  std::uint64_t bytes = 0;  ///< of text
  double ms = 0;
  /// What came out, in few words: equal for equal output, so that the peer's can be compared.
  std::string result;
};

/// One file a measurement; peer_NAME.py beside it, where there is one, measures the same with another library.
std::vector<BenchRow> bench_encode(const BenchSettings& settings);
std::vector<BenchRow> bench_vocabulary(const BenchSettings& settings);
std::vector<BenchRow> bench_data(const BenchSettings& settings);
std::vector<BenchRow> bench_read(const BenchSettings& settings);

/// Median wall time of a run, after one that does not count.
double median_ms(int repeats, const std::function<void()>& run);

/// "N ids, crc32 X" over the ids as little-endian 32-bit words.
std::string digest(const std::vector<std::int32_t>& ids);

/// All of a file. Throws scoria::Error.
std::string read_corpus(const std::filesystem::path& path);
