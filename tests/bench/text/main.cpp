// bench_text: measures text and data on this machine; tests/bench/peer_text.py measures the same with other libraries.
//
//   bench_text encode --corpus book.txt --vocab tok/ --threads 1 --json
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "bench.h"
#include "io/file.h"
#include "scoria/error.h"

namespace {

using Bench = std::vector<BenchRow> (*)(const BenchSettings&);
const std::map<std::string, Bench> kBenches = {
    {"encode", bench_encode}, {"vocabulary", bench_vocabulary}, {"data", bench_data}, {"read", bench_read}};

void print(const BenchRow& row, const BenchSettings& settings, bool json) {
  const double megabytes = static_cast<double>(row.bytes) / 1e6, rate = megabytes / row.ms * 1e3;
  const std::string shape = fmt::format("{:.1f} MB, threads {}", megabytes, settings.thread_count);
  if (!json) {
    fmt::print("{:16} {:22} {:10.1f} ms {:8.1f} MB/s  {}\n", row.name, shape, row.ms, rate, row.result);
    return;
  }
  const nlohmann::ordered_json object{{"name", row.name},    {"shape", shape}, {"dtype", "text"},
                                      {"kernel", "scoria"},  {"ms", row.ms},   {"mb_per_second", rate},
                                      {"result", row.result}};
  fmt::print("{}\n", object.dump());
}

}  // namespace

double median_ms(int repeats, const std::function<void()>& run) {
  std::vector<double> times;
  for (int i = 0; i <= repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
    if (i > 0) times.push_back(elapsed.count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

std::string digest(const std::vector<std::int32_t>& ids) {
  std::uint32_t crc = ~0u;
  for (const std::int32_t id : ids) {
    for (int byte = 0; byte < 4; ++byte) {
      crc ^= static_cast<std::uint32_t>(id) >> 8 * byte & 255;
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
  }
  return fmt::format("{} ids, crc32 {:08x}", ids.size(), ~crc);
}

std::string read_corpus(const std::filesystem::path& path) { return scoria::read_text(path, std::uint64_t{1} << 32); }

int main(int argc, char** argv) {
  CLI::App app{"Measures text and data."};
  BenchSettings settings;
  std::string what;
  bool json = false;
  app.add_option("what", what)->required()->check(CLI::IsMember(kBenches));
  app.add_option("--corpus", settings.corpus, "text; read and vocabulary take any format")->required();
  app.add_option("--vocab", settings.vocabulary, "vocab.txt, or a folder with one");
  app.add_option("--threads", settings.thread_count)->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--repeats", settings.repeats, "the median of so many runs counts")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--json", json, "an object a row");
  CLI11_PARSE(app, argc, argv);
  try {
    for (const BenchRow& row : kBenches.at(what)(settings)) print(row, settings, json);
  } catch (const scoria::Error& error) {
    fmt::print(stderr, "bench_text: {}\n", error.what());
    return static_cast<int>(error.kind());
  }
}
