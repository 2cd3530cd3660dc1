#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// What the files of a room may include, besides the room's own and the standard library. src/README.md has this
/// table in words.
struct Room {
  std::set<std::string> rooms;      ///< their public headers and their own ones in src/
  std::set<std::string> public_of;  ///< their public headers only
  std::set<std::string> headers;    ///< single headers of other rooms
  std::set<std::string> libraries;  ///< besides fmt, which every room may use
};

const std::map<std::string, Room> kRooms = {
    {"base", {{}, {}, {}, {"openmp"}}},
    {"tensor", {{"base"}, {}, {}, {}}},
    {"graph", {{"base", "tensor"}, {}, {}, {}}},
    {"gemm", {{"base"}, {}, {}, {"openmp"}}},
    {"ops", {{"base", "gemm", "tensor", "graph"}, {}, {}, {"openmp"}}},
    {"autodiff", {{"base", "tensor", "graph"}, {"ops"}, {}, {}}},
    {"passes", {{"base", "tensor", "graph"}, {"ops"}, {}, {}}},
    {"plan", {{"base", "tensor", "graph"}, {}, {}, {}}},
    {"backend", {{"base", "tensor", "graph", "plan"}, {}, {}, {}}},
    {"backend/cpu", {{"base", "tensor", "graph", "plan", "backend"}, {}, {}, {"openmp"}}},
    {"backend/vulkan", {{"base", "tensor", "graph", "plan", "backend"}, {}, {}, {"vulkan", "xxhash"}}},
    // Of the backends only what opens them: from there on a device is what backend.h says.
    {"runtime",
     {{"base", "tensor", "graph", "passes", "plan", "backend"},
      {},
      {"backend/cpu/cpu_backend.h", "backend/vulkan/vulkan_backend.h"},
      {"openmp", "nlohmann"}}},  // a trace is JSON
    // Looks at kernels one by one, below what a session shows.
    {"doctor",
     {{"base", "tensor", "graph", "passes", "plan", "backend"},
      {"ops", "autodiff", "runtime"},
      {"backend/vulkan/vulkan_backend.h"},
      {}}},
    {"io", {{"base", "tensor"}, {}, {}, {"nlohmann", "xxhash"}}},
    {"text", {{"base", "io"}, {}, {}, {"nlohmann", "utf8proc"}}},
    {"data/corpora", {{"base", "io"}, {}, {}, {"utf8proc", "zstd"}}},
    {"data/shards", {{"base", "io", "data/corpora"}, {"text"}, {}, {"xxhash"}}},
    {"data/examples", {{"base", "io", "data/shards"}, {"text", "data/corpora"}, {}, {}}},
    // Reads bytes, text and JSON lines as corpora do.
    {"data/task_files", {{"base", "io", "data/corpora"}, {}, {}, {"nlohmann"}}},
    {"metrics", {{"base", "text"}, {}, {}, {"utf8proc"}}},
    // A model is a function that builds a graph; its config and its weights are files, hence io.
    {"model", {{"base", "tensor", "graph", "io"}, {"ops"}, {}, {"nlohmann"}}},
    // Runs models on text; a family of sessions is not for users yet.
    {"tasks",
     {{"base", "tensor"},
      {"graph", "ops", "model", "runtime", "text", "data/task_files", "metrics"},
      {"runtime/session_family.h"},
      {}}},
    {"train",
     {{"base", "io"},
      {"tensor", "graph", "ops", "autodiff", "model", "runtime", "data/corpora", "data/shards", "data/examples",
       "data/task_files", "text", "tasks", "metrics"},
      {"runtime/session_family.h", "tasks/text_batches.h"},  // learns from texts beside each other as tasks ask of them
      {"nlohmann"}}},
    // Runs a model and writes what it saw as files.
    {"inspect", {{"base", "tensor", "io"}, {"graph", "ops", "model", "runtime", "text"}, {}, {"nlohmann", "png"}}},
};

/// The rooms of the public headers that do not lie in a folder named for theirs.
const std::map<std::string, std::string> kPublicHeaders = {
    {"error.h", "base"},
    {"log.h", "base"},
    {"host_threads.h", "base"},
    {"dtype.h", "tensor"},
    {"shape.h", "tensor"},
    {"tensor.h", "tensor"},
    {"graph.h", "graph"},
    {"ops.h", "ops"},
    {"autodiff.h", "autodiff"},
    {"device.h", "runtime"},
    {"session.h", "runtime"},
    {"scoria.h", "everything"},
    {"doctor.h", "doctor"},
    {"data/corpus.h", "data/corpora"},
    {"data/corpus_report.h", "data/corpora"},
    {"data/corpus_counts.h", "data/shards"},
    {"data/token_store.h", "data/shards"},
    {"data/pretraining.h", "data/examples"},
    {"data/task_files.h", "data/task_files"},
};

/// What a program of samples/ may include of src/, and why it must.
const std::map<std::string, std::set<std::string>> kSampleExceptions = {
    // Measures a device's peaks, below what a session shows, and times the very graph that the trainer runs.
    // Its files appear whole or not at all.
    {"bench.cpp",
     {"backend/backend.h", "io/atomic_write.h", "runtime/roofline.h", "runtime/step_trace.h", "train/training_graphs.h"}},
    {"doctor/main.cpp", {"backend/backend.h"}},  // the same
    {"doctor/compile.cpp", {"train/training_graphs.h"}},
    // Reads and writes files as the library does: on its workers, whole or not at all.
    {"tokenize/line_stream.cpp", {"base/block_workers.h", "io/atomic_write.h", "io/file.h"}},
    {"support/standard_output.h", {"io/file.h"}},  // words errors of the system as the library does
    // Predictions appear whole or not at all.
    {"finetune/task.cpp", {"io/atomic_write.h"}},
    {"predict/line_reader.h", {"io/file.h"}},  // the same
    {"predict/main.cpp", {"io/atomic_write.h", "io/file.h"}},
    {"predict/answers.cpp", {"io/atomic_write.h"}},
    // Reads JSON and tells odd bytes as task files are read.
    {"predict/requests.cpp",
     {"data/corpora/json_layout.h", "data/corpora/utf8_text.h", "data/task_files/json_rows.h", "io/file.h"}},
    {"tokenize/inspect.cpp", {"text/unicode.h"}},  // tells what the normalizer sees in a code point
};

const std::vector<std::pair<std::string, std::string>> kLibraries = {
    {"fmt/", "fmt"},    {"nlohmann/", "nlohmann"}, {"CLI/", "cli11"},       {"vulkan/", "vulkan"}, {"vk_", "vulkan"},
    {"volk", "vulkan"}, {"omp.h", "openmp"},   {"xxhash", "xxhash"},
    {"zstd", "zstd"},   {"utf8proc", "utf8proc"},  {"doctest/", "doctest"}, {"png.h", "png"},
};

struct Include {
  std::string place;  ///< "src/plan/memory.cpp:12"
  std::string header;
};

fs::path source_root() { return fs::path(__FILE__).parent_path().parent_path().parent_path(); }

bool is_code(const fs::path& file) {
  return file.extension() == ".h" || file.extension() == ".cpp" || file.extension() == ".c";
}

std::vector<Include> includes_of(std::istream& text, const std::string& name) {
  std::vector<Include> includes;
  std::string line;
  for (int number = 1; std::getline(text, line); ++number) {
    const std::size_t hash = line.find_first_not_of(" \t");
    if (hash == std::string::npos || line.compare(hash, 8, "#include") != 0) continue;
    const std::size_t open = line.find_first_of("<\"", hash);
    const std::size_t close = line.find_first_of(">\"", open + 1);
    if (open == std::string::npos || close == std::string::npos) continue;
    includes.push_back({name + ":" + std::to_string(number), line.substr(open + 1, close - open - 1)});
  }
  return includes;
}

std::string library_of(const std::string& header) {
  for (const auto& [prefix, library] : kLibraries) {
    if (header.compare(0, prefix.size(), prefix) == 0) return library;
  }
  return "";
}

/// "plan" for "plan/memory.h" or "src/plan/memory.cpp" without its "src/", "backend/cpu" for "backend/cpu/x.h", ""
/// else.
std::string room_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash);
  return kRooms.count(folder) != 0 ? folder : "";
}

/// The room of a public header, without its "scoria/"; "?" if the table does not know it.
std::string public_room_of(const std::string& path) {
  if (const auto known = kPublicHeaders.find(path); known != kPublicHeaders.end()) return known->second;
  const std::string folder = path.substr(0, path.find('/'));
  return folder != path && kRooms.count(folder) != 0 ? folder : "?";
}

bool is_public(const std::string& header) { return header.compare(0, 7, "scoria/") == 0; }

/// Why a file of a room may not include a header, or "".
std::string refusal(const std::string& room, const std::string& header) {
  const Room& rules = kRooms.at(room);
  if (rules.headers.count(header) != 0) return "";
  if (const std::string library = library_of(header); !library.empty()) {
    if (library == "fmt" || rules.libraries.count(library) != 0) return "";
    return room + " may not use " + library;
  }
  if (is_public(header)) {
    const std::string owner = public_room_of(header.substr(7));
    if (owner == "?") return header + " belongs to no room of the table";
    // backend.h speaks of devices in the public words.
    const bool speaks_of_devices = header == "scoria/device.h" && room.compare(0, 7, "backend") == 0;
    if (owner == room || rules.rooms.count(owner) + rules.public_of.count(owner) != 0 || speaks_of_devices) return "";
    return room + " may not see " + owner;
  }
  if (header.find('/') == std::string::npos) return "";  // the standard library or the system
  const std::string owner = room_of(header);
  if (owner.empty()) return header.compare(0, 4, "sys/") == 0 ? "" : header + " belongs to no room";
  if (owner == room || rules.rooms.count(owner) != 0) return "";
  return room + " may not see " + owner + (rules.public_of.count(owner) != 0 ? " but through include/scoria" : "");
}

/// Why a public header may not include another header, or "".
std::string public_refusal(const std::string& path, const std::string& header) {
  const std::string room = public_room_of(path);
  if (room == "?") return "include/scoria/" + path + " belongs to no room of the table";
  if (is_public(header)) return room == "everything" ? "" : refusal(room, header);
  if (!library_of(header).empty()) return "a public header may not name a library";
  return header.find('/') == std::string::npos ? "" : "a public header may not include a private one";
}

std::string sample_refusal(const std::string& file, const std::string& header) {
  const auto exceptions = kSampleExceptions.find(file);
  if (exceptions != kSampleExceptions.end() && exceptions->second.count(header) != 0) return "";
  const std::string library = library_of(header);
  if (library == "vulkan") return "samples may not use vulkan";
  if (is_public(header) || !library.empty() || header.find('/') == std::string::npos) return "";
  return room_of(header).empty() ? "" : "samples may only see include/scoria";
}

template <typename Check>
std::pair<std::vector<std::string>, int> find_violations(const std::string& folder, Check check) {
  std::vector<std::string> violations;
  int count = 0;
  const fs::path root = source_root() / folder;
  if (!fs::is_directory(root)) return {{}, 0};
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file() || !is_code(entry.path())) continue;
    const std::string path = fs::relative(entry.path(), root).generic_string();
    std::ifstream text(entry.path());
    for (const Include& include : includes_of(text, folder + "/" + path)) {
      ++count;
      const std::string why = check(path, include.header);
      if (!why.empty()) violations.push_back(include.place + ": #include " + include.header + ": " + why);
    }
  }
  return {violations, count};
}

std::string check_source(const std::string& path, const std::string& header) {
  const std::string room = room_of(path);
  return room.empty() ? "src/" + path + " lies in no room of the table" : refusal(room, header);
}

}  // namespace

TEST_CASE("every include follows the direction of the rooms") {
  int read = 0;
  const auto check_folder = [&](const std::string& folder, auto check) {
    const auto [violations, count] = find_violations(folder, check);
    for (const std::string& violation : violations) FAIL_CHECK(violation);
    read += count;
  };
  check_folder("src", check_source);
  check_folder("include/scoria", public_refusal);
  check_folder("samples", sample_refusal);
  CHECK(read > 300);
  MESSAGE(read << " includes read");
}

TEST_CASE("a forbidden include is found") {
  CHECK(refusal("plan", "scoria/ops.h") == "plan may not see ops");
  CHECK(refusal("plan", "backend/backend.h") == "plan may not see backend");
  CHECK(refusal("ops", "vulkan/vulkan.h") == "ops may not use vulkan");
  CHECK(refusal("base", "scoria/tensor.h") == "base may not see tensor");
  CHECK(refusal("text", "scoria/graph.h") == "text may not see graph");
  CHECK(refusal("data/corpora", "data/shards/shard.h") == "data/corpora may not see data/shards");
  CHECK(refusal("data/task_files", "scoria/data/token_store.h") == "data/task_files may not see data/shards");
  CHECK(refusal("passes", "ops/matmul.h") == "passes may not see ops but through include/scoria");
  CHECK(refusal("train", "backend/backend.h") == "train may not see backend");
  CHECK(refusal("train", "runtime/session_state.h") == "train may not see runtime but through include/scoria");
  CHECK(refusal("runtime", "backend/vulkan/instance.h") == "runtime may not see backend/vulkan");
  CHECK(refusal("runtime", "backend/vulkan/vulkan_backend.h") == "");
  CHECK(refusal("graph", "util/strings.h") == "util/strings.h belongs to no room");
  CHECK(public_refusal("graph.h", "fmt/format.h") == "a public header may not name a library");
  CHECK(public_refusal("graph.h", "graph/node.h") == "a public header may not include a private one");
  CHECK(public_refusal("tensor.h", "scoria/session.h") == "tensor may not see runtime");
  CHECK(public_refusal("new.h", "vector") == "include/scoria/new.h belongs to no room of the table");
  CHECK(public_refusal("data/new.h", "vector") == "include/scoria/data/new.h belongs to no room of the table");
  CHECK(sample_refusal("01_add.cpp", "graph/node.h") == "samples may only see include/scoria");
  std::istringstream text("// #include <volk.h>\n#include \"a/b.h\"\n  #include <vector>  // why\n");
  const std::vector<Include> includes = includes_of(text, "x.cpp");
  REQUIRE(includes.size() == 2);
  CHECK(includes[0].place == "x.cpp:2");
  CHECK(includes[0].header == "a/b.h");
  CHECK(includes[1].header == "vector");
}

TEST_CASE("no room sees itself through another") {
  for (const auto& entry : kRooms) {
    const std::string& name = entry.first;
    for (const std::string& other : entry.second.rooms) {
      CAPTURE(name);
      CAPTURE(other);
      REQUIRE(kRooms.count(other) == 1);
      CHECK(kRooms.at(other).rooms.count(name) + kRooms.at(other).public_of.count(name) == 0);
    }
  }
}
