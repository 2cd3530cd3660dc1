#include "plan/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace scoria {
namespace {

constexpr std::size_t kPictureColumns = 96;
constexpr std::size_t kPictureRows = 24;
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

std::string tensor_text(const TensorDesc& desc, const Region& region) {
  return fmt::format("{} @ {}", desc.to_string(), region_text(region));
}

std::string node_text(const PlacedNode& node, std::size_t index) {
  std::string text = fmt::format("{:>5} {}", index, node.op->name);
  if (!node.label.empty()) text += fmt::format(" \"{}\"", node.label);
  if (!node.kernel.empty()) text += fmt::format("  kernel {}", node.kernel);
  text += "\n";
  for (const std::string& refusal : node.refusals) text += fmt::format("        refused  {}\n", refusal);
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    text += fmt::format("        reads    {}\n", tensor_text(node.input_descs[i], node.inputs[i]));
  }
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    text += fmt::format("        writes   {}\n", tensor_text(node.output_descs[i], node.outputs[i]));
  }
  return text;
}

std::string dispatch_text(const Program& program, const PlacedDispatch& placed, std::size_t index) {
  const Dispatch& dispatch = placed.dispatch;
  std::string text = placed.barrier_before ? "      ------ barrier ------\n" : "";
  text += fmt::format("{:>5} {}  grid {} x {} x {}  node {} {}\n", index, dispatch.shader, dispatch.grid[0],
                      dispatch.grid[1], dispatch.grid[2], placed.node, program.nodes[placed.node].op->name);
  for (std::size_t i = 0; i < placed.buffers.size(); ++i) {
    const Region& region = placed.buffers[i];
    text += fmt::format("        {:<8} {} .. {}\n", access_text(dispatch.buffers[i].access), region_text(region),
                        region.offset + region.bytes);
  }
  return text;
}

/// A region of an arena block from the node that writes it to the last that touches it.
struct Life {
  Region region;
  std::size_t first;
  std::size_t last;
};

std::vector<Life> find_lives(const Program& program, std::uint32_t block) {
  std::vector<Life> lives;
  const auto is_here = [&](const Region& region) { return region.space == Space::Arena && region.block == block; };
  for (std::size_t n = 0; n < program.nodes.size(); ++n) {
    for (const Region& region : program.nodes[n].inputs) {
      if (!is_here(region)) continue;
      // Where memory has had several values, the newest is the one that is read.
      const auto newest =
          std::find_if(lives.rbegin(), lives.rend(), [&](const Life& life) { return region.overlaps(life.region); });
      if (newest != lives.rend()) newest->last = n;
    }
    for (const Region& region : program.nodes[n].outputs) {
      if (is_here(region)) lives.push_back({region, n, n});
    }
  }
  return lives;
}

std::string picture(const Program& program, std::uint32_t block) {
  const std::vector<Life> lives = find_lives(program, block);
  const std::size_t columns = std::min(kPictureColumns, program.nodes.size());
  const std::uint64_t block_bytes = program.arena_block_bytes[block];
  const std::size_t rows = std::min<std::size_t>(kPictureRows, block_bytes / kRegionAlignment);
  std::vector<std::string> cells(rows, std::string(columns, '.'));
  for (std::size_t i = 0; i < lives.size(); ++i) {
    const Region& region = lives[i].region;
    const std::size_t top = region.offset * rows / block_bytes;
    const std::size_t bottom = (region.offset + std::max<std::uint64_t>(region.bytes, 1) - 1) * rows / block_bytes;
    const std::size_t left = lives[i].first * columns / program.nodes.size();
    const std::size_t right = lives[i].last * columns / program.nodes.size();
    for (std::size_t row = top; row <= bottom; ++row) {
      std::fill(cells[row].begin() + static_cast<std::ptrdiff_t>(left),
                cells[row].begin() + static_cast<std::ptrdiff_t>(right) + 1, kLetters[i % kLetters.size()]);
    }
  }
  std::string text = fmt::format("  block {}: {}, {} values; each row is {}, each column {:.1f} nodes\n", block,
                                 bytes_text(block_bytes), lives.size(), bytes_text(block_bytes / rows),
                                 static_cast<double>(program.nodes.size()) / static_cast<double>(columns));
  for (const std::string& row : cells) text += "    |" + row + "|\n";
  return text;
}

std::uint64_t total(const std::vector<std::uint64_t>& blocks) {
  std::uint64_t sum = 0;
  for (const std::uint64_t bytes : blocks) sum += bytes;
  return sum;
}

}  // namespace

std::string_view access_text(Access access) {
  if (access == Access::Read) return "reads";
  return access == Access::Write ? "writes" : "updates";
}

std::string region_text(const Region& region) {
  switch (region.space) {
    case Space::Arena:
      return fmt::format("arena {} + {}", region.block, region.offset);
    case Space::State:
      return fmt::format("state {} + {}", region.block, region.offset);
    case Space::Input:
      return fmt::format("input + {}", region.offset);
    case Space::Output:
      return fmt::format("output + {}", region.offset);
  }
  return "";
}

std::string to_text(const Program& program) {
  const auto barriers = std::count_if(program.dispatches.begin(), program.dispatches.end(),
                                      [](const PlacedDispatch& dispatch) { return dispatch.barrier_before; });
  std::string text = fmt::format(
      "program: {} nodes, {} dispatches, {} barriers; arena {} ({} unshared), inputs {}, outputs {}\n",
      program.nodes.size(), program.dispatches.size(), barriers, bytes_text(total(program.arena_block_bytes)),
      bytes_text(program.unaliased_arena_bytes), bytes_text(program.input_bytes), bytes_text(program.output_bytes));
  for (const PlacedTensor& state : program.states) {
    text += fmt::format("  state {} \"{}\" {}\n", state.region.block, state.name, state.desc.to_string());
  }
  for (const PlacedTensor& input : program.inputs) {
    text += fmt::format("  input \"{}\" {}\n", input.name, tensor_text(input.desc, input.region));
  }
  for (const PlacedTensor& output : program.outputs) {
    text += fmt::format("  output \"{}\" {}\n", output.name, tensor_text(output.desc, output.region));
  }
  text += "nodes\n";
  for (std::size_t i = 0; i < program.nodes.size(); ++i) text += node_text(program.nodes[i], i);
  if (!program.dispatches.empty()) text += "dispatches\n";
  for (std::size_t i = 0; i < program.dispatches.size(); ++i) {
    text += dispatch_text(program, program.dispatches[i], i);
  }
  if (!program.arena_block_bytes.empty()) text += "arena\n";
  for (std::uint32_t block = 0; block < program.arena_block_bytes.size(); ++block) text += picture(program, block);
  return text;
}

}  // namespace scoria
