#include "runtime/step_trace.h"

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

namespace scoria {
namespace {

using nlohmann::ordered_json;

std::vector<std::string_view> parts_of(std::string_view label) {
  std::vector<std::string_view> parts;
  while (!label.empty()) {
    const std::size_t dot = label.find('.');
    parts.push_back(label.substr(0, dot));
    label = dot == label.npos ? std::string_view() : label.substr(dot + 1);
  }
  return parts;
}

/// The slices that are open while the nodes are gone through: one a part of the label, outermost first.
class Scopes {
 public:
  explicit Scopes(ordered_json& events) : events_(events) {}

  void enter(std::string_view label, double now) {
    const std::vector<std::string_view> parts = parts_of(label);
    std::size_t same = 0;
    while (same < open_.size() && same < parts.size() && open_[same].name == parts[same]) ++same;
    close(same, now);
    for (std::size_t i = same; i < parts.size(); ++i) open_.push_back({std::string(parts[i]), now});
  }
  void close(std::size_t depth, double now) {
    for (; open_.size() > depth; open_.pop_back())
      events_.push_back({{"name", open_.back().name}, {"cat", "scope"}, {"ph", "X"}, {"pid", 1}, {"tid", 1},
                         {"ts", open_.back().start}, {"dur", now - open_.back().start}});
  }

 private:
  struct Open {
    std::string name;
    double start;
  };
  ordered_json& events_;
  std::vector<Open> open_;
};

ordered_json event_of(const ProfileRow& row, double start, double duration) {
  const double gflops = row.ms > 0 ? row.flops / row.ms / 1e6 : 0, gbps = row.ms > 0 ? row.bytes / row.ms / 1e6 : 0;
  return {{"name", row.op}, {"cat", "node"}, {"ph", "X"}, {"pid", 1}, {"tid", 1}, {"ts", start}, {"dur", duration},
          {"args", {{"label", row.label}, {"kernel", row.kernel}, {"shapes", row.shapes}, {"gflops", gflops},
                    {"gbps", gbps}}}};
}

}  // namespace

std::string step_trace(std::span<const ProfileRow> profile, const std::string& title) {
  ordered_json events = ordered_json::array();
  events.push_back({{"name", "process_name"}, {"ph", "M"}, {"pid", 1}, {"args", {{"name", title}}}});
  events.push_back({{"name", "thread_name"}, {"ph", "M"}, {"pid", 1}, {"tid", 1}, {"args", {{"name", "step"}}}});
  Scopes scopes(events);
  double now = 0;
  for (const ProfileRow& row : profile) {
    scopes.enter(row.label, now);
    events.push_back(event_of(row, now, 1e3 * row.ms));
    now += 1e3 * row.ms;
  }
  scopes.close(0, now);
  return ordered_json{{"traceEvents", events}, {"displayTimeUnit", "ms"}}.dump();
}

}  // namespace scoria
