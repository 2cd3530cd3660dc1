#pragma once

#include <cstdint>
#include <string_view>

namespace scoria {

/// What SCORIA_DEBUG asks to see, a list of words with commas between: SCORIA_DEBUG=plan,kernels. Every line goes
/// to the log sink.
///
///     device   devices seen, requirements, limits, memory types and allocations, the pipeline cache
///     plan     the order of the nodes, the arena as a picture
///     kernels  the kernel chosen for every node, and why better ones refused
///     time     milliseconds of pipelines made and of submits; once warm, a roofline table of one step
///     nan      the first value of a step that is not finite (slow: reads everything back)
enum class DebugWord : std::uint8_t { Device, Plan, Kernels, Time, Nan };

/// Whether SCORIA_DEBUG holds the word. Throws Error (Usage) with the list if it holds a word that is none of them.
bool debug(DebugWord word);

/// Whether SCORIA_DEBUG holds any word.
bool debug_any();

/// The words of a list as bits, bit i for DebugWord i. Throws Error (Usage) as debug() does.
std::uint32_t parse_debug_words(std::string_view list);

}  // namespace scoria
