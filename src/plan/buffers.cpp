#include "plan/buffers.h"

#include <algorithm>

#include "base/check.h"
#include "plan/aliases.h"

namespace scoria {
namespace {

constexpr std::uint32_t kNobody = ~0u;

struct BufferAccess {
  std::uint32_t position;
  bool write;
  std::uint64_t offset;
  std::uint64_t bytes;
};

/// A buffer while sharing is being decided.
struct Draft {
  Buffer buffer;
  std::vector<BufferAccess> accesses;  // by ascending position, but for those of parts placed inside
  std::uint32_t inside = kNobody;      // the buffer this one was placed in
  std::uint64_t inside_offset = 0;
  bool pinned = false;  // nobody may reuse it
  std::vector<Edge> values;

  std::uint32_t last_write() const {
    std::uint32_t last = 0;
    for (const BufferAccess& access : accesses) {
      if (access.write) last = std::max(last, access.position);
    }
    return last;
  }
};

class Assignment {
 public:
  Assignment(const GraphData& graph, std::span<const NodeId> order, bool alias)
      : graph_(graph), order_(order), alias_(alias), locations_(graph.nodes.size()), last_reads_(graph.nodes.size()) {
    for (NodeId id = 0; id < graph.nodes.size(); ++id) {
      locations_[id].assign(graph.nodes[id].outputs.size(), Location{kNobody, 0, 0});
      last_reads_[id].assign(graph.nodes[id].outputs.size(), LastUse{});
    }
  }

  Buffers run() {
    find_last_uses();
    add_sources();
    for (std::uint32_t position = 0; position < order_.size(); ++position) visit(position);
    if (alias_) place_parts();
    return finish();
  }

 private:
  struct LastUse {
    std::uint32_t position = 0;
    bool is_output = false;
    bool is_part = false;
  };

  const Node& node_at(std::uint32_t position) const { return graph_.nodes[order_[position]]; }
  Location& location(Edge base) { return locations_[base.node][base.output]; }
  LastUse& last_use(Edge base) { return last_reads_[base.node][base.output]; }

  Location locate(Edge value) {
    const Span span = follow_views(graph_, value);
    const Location& base = location(span.base);
    return {base.buffer, base.offset + span.offset, span.bytes};
  }

  void find_last_uses() {
    for (std::uint32_t position = 0; position < order_.size(); ++position) {
      const Node& node = node_at(position);
      const Alias* place = find_place(*node.op);
      for (std::uint32_t i = 0; i < node.inputs.size(); ++i) {
        LastUse& use = last_use(follow_views(graph_, node.inputs[i]).base);
        use.position = position;
        use.is_part = use.is_part || (place && i >= place->input);
      }
    }
    for (const NamedEdge& output : graph_.outputs) last_use(follow_views(graph_, output.value).base).is_output = true;
  }

  std::uint32_t add_buffer(Space home, Edge owner) {
    Draft draft;
    draft.buffer.home = home;
    draft.buffer.owner = owner;
    draft.buffer.bytes = graph_.desc(owner).byte_count();
    draft.pinned = home != Space::Arena;
    draft.values.push_back(owner);
    drafts_.push_back(draft);
    const auto index = static_cast<std::uint32_t>(drafts_.size() - 1);
    location(owner) = {index, 0, draft.buffer.bytes};
    return index;
  }

  void add_sources() {
    for (std::uint32_t i = 0; i < graph_.states.size(); ++i) {
      drafts_[add_buffer(Space::State, graph_.states[i].value)].buffer.block = i;
    }
    for (const NamedEdge& input : graph_.inputs) add_buffer(Space::Input, input.value);
  }

  void record(const Location& at, std::uint32_t position, bool write) {
    drafts_[at.buffer].accesses.push_back({position, write, at.offset, at.bytes});
  }

  void visit(std::uint32_t position) {
    const Node& node = node_at(position);
    for (const Edge& input : node.inputs) record(locate(input), position, false);
    for (std::uint32_t output = 0; output < node.outputs.size(); ++output) {
      const Edge value{order_[position], output};
      choose_memory(node, value, position);
      record(location(value), position, true);
      Draft& draft = drafts_[location(value).buffer];
      if (last_use(value).is_output && draft.buffer.home == Space::Arena) draft.buffer.home = Space::Output;
      draft.pinned = draft.pinned || last_use(value).is_output || last_use(value).is_part;
    }
  }

  void choose_memory(const Node& node, Edge value, std::uint32_t position) {
    for (const Alias& alias : node.op->aliases) {
      if (alias.output != value.output) continue;
      if (alias.kind != AliasKind::Update && !may_reuse(node, alias, value, position)) continue;
      location(value) = locate(node.inputs[alias.input]);
      SCORIA_CHECK(location(value).bytes == graph_.desc(value).byte_count(), "a value in place keeps its size");
      drafts_[location(value).buffer].values.push_back(value);
      return;
    }
    add_buffer(Space::Arena, value);
  }

  bool may_reuse(const Node& node, const Alias& alias, Edge value, std::uint32_t position) {
    if (!alias_ || alias.kind != AliasKind::Reuse || alias.input >= node.inputs.size()) return false;
    const Location input = locate(node.inputs[alias.input]);
    const Draft& draft = drafts_[input.buffer];
    if (draft.pinned || input.bytes != draft.buffer.bytes) return false;
    if (graph_.desc(value).byte_count() != input.bytes || draft.last_write() == position) return false;
    const auto reads_it = [&](const Edge& other) { return locate(other).buffer == input.buffer; };
    if (std::count_if(node.inputs.begin(), node.inputs.end(), reads_it) != 1) return false;
    const auto lives_on = [&](const Edge& other) { return last_use(other).position > position; };
    return std::none_of(draft.values.begin(), draft.values.end(), lives_on);
  }

  void place_parts() {
    for (std::uint32_t position = 0; position < order_.size(); ++position) {
      const Node& node = node_at(position);
      const Alias* place = find_place(*node.op);
      if (!place) continue;
      const Location target = location({order_[position], place->output});
      const std::uint64_t element = size_bytes(node.outputs[place->output].dtype);
      const std::vector<std::int64_t>& offsets = node.attributes.integers("offsets");
      for (std::size_t part = 0; part + place->input < node.inputs.size(); ++part) {
        const Location at{target.buffer, target.offset + static_cast<std::uint64_t>(offsets.at(part)) * element, 0};
        place_part(locate(node.inputs[place->input + part]), at, position);
      }
    }
  }

  void place_part(const Location& part, const Location& at, std::uint32_t position) {
    Draft& draft = drafts_[part.buffer];
    Draft& target = drafts_[at.buffer];
    if (draft.inside != kNobody || draft.buffer.home != Space::Arena || part.buffer == at.buffer) return;
    if (part.bytes != draft.buffer.bytes || at.offset % kRegionAlignment != 0) return;
    if (draft.last_write() >= position || target.inside != kNobody) return;
    std::uint32_t first = position;
    std::uint32_t last = position;
    for (const BufferAccess& access : draft.accesses) {
      first = std::min(first, access.position);
      last = std::max(last, access.position);
    }
    for (const BufferAccess& access : target.accesses) {
      const bool before = access.position >= first && access.position < position;
      const bool after = access.write && access.position > position && access.position <= last;
      const bool same_bytes = access.offset < at.offset + part.bytes && at.offset < access.offset + access.bytes;
      if (same_bytes && (before || after)) return;
    }
    draft.inside = at.buffer;
    draft.inside_offset = at.offset;
    for (BufferAccess access : draft.accesses) {
      access.offset += at.offset;
      target.accesses.push_back(access);
    }
  }

  Buffers finish() {
    std::vector<std::uint32_t> index(drafts_.size(), kNobody);
    std::vector<Buffer> buffers;
    for (std::uint32_t i = 0; i < drafts_.size(); ++i) {
      if (drafts_[i].inside != kNobody) continue;
      index[i] = static_cast<std::uint32_t>(buffers.size());
      buffers.push_back(drafts_[i].buffer);
      set_life(buffers.back(), drafts_[i].accesses);
    }
    for (std::vector<Location>& outputs : locations_) {
      for (Location& at : outputs) {
        if (at.buffer == kNobody) continue;
        while (drafts_[at.buffer].inside != kNobody) {
          at = {drafts_[at.buffer].inside, at.offset + drafts_[at.buffer].inside_offset, at.bytes};
        }
        at.buffer = index[at.buffer];
      }
    }
    return Buffers(graph_, std::move(buffers), std::move(locations_));
  }

  static void set_life(Buffer& buffer, const std::vector<BufferAccess>& accesses) {
    if (accesses.empty()) return;
    buffer.first = kNobody;
    buffer.last = 0;
    for (const BufferAccess& access : accesses) {
      buffer.first = std::min(buffer.first, access.position);
      buffer.last = std::max(buffer.last, access.position);
    }
  }

  const GraphData& graph_;
  std::span<const NodeId> order_;
  bool alias_;
  std::vector<Draft> drafts_;
  std::vector<std::vector<Location>> locations_;
  std::vector<std::vector<LastUse>> last_reads_;
};

}  // namespace

Location Buffers::find(Edge value) const {
  const Span span = follow_views(*graph_, value);
  const Location& base = locations_[span.base.node][span.base.output];
  SCORIA_CHECK(base.buffer != kNobody, "the value is live");
  return {base.buffer, base.offset + span.offset, span.bytes};
}

Buffers assign_buffers(const GraphData& graph, std::span<const NodeId> order, bool alias) {
  return Assignment(graph, order, alias).run();
}

}  // namespace scoria
