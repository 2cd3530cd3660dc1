#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace scoria {

/// Words [begin, end) of a sentence, of one type.
struct Entity {
  std::string type;
  std::size_t begin = 0, end = 0;
  friend auto operator<=>(const Entity&, const Entity&) = default;
};

/// The entities that tags say, read as leniently as seqeval's default (and conlleval): IOB1, IOB2, IOE and IOBES alike,
/// and the wrong sequences that models give. A tag's first letter is its prefix, what follows the first '-' behind it
/// its type ("_" if nothing does).
///
/// An entity starts at B and S, at I and E behind O, E or S, and where the type changes. It ends behind E and S, before
/// B, S and O, and where the type changes. So a lone I-PER is an entity, and B-PER I-LOC is two.
/// Throws Error (Usage) for an empty tag.
/// Source: seqeval 1.2.2 (its default mode), after Ramshaw and Marcus 1995 and conlleval.
std::vector<Entity> entities_of(std::span<const std::string> tags);

/// How many entities of a type were found. A ratio of nothing to nothing is 0.
struct EntityScore {
  std::string type;
  double precision = 0;     ///< right ones / predicted ones
  double recall = 0;        ///< right ones / expected ones
  double f1 = 0;            ///< their harmonic mean
  std::size_t support = 0;  ///< expected ones
};

struct EntityReport {
  std::vector<EntityScore> types;  ///< each that was predicted or expected, in the order of their names
  EntityScore micro;               ///< of all entities together: what papers report
  EntityScore macro;               ///< the mean over types
  EntityScore weighted;            ///< the mean over types, weighted by support
};

/// Compares the entities of whole sentences: right is an entity with the same words and type. predicted[i] and
/// expected[i] are the tags of sentence i. Throws Error (Usage) if the numbers of sentences or of a sentence's tags
/// differ.
EntityReport entity_report(std::span<const std::vector<std::string>> predicted,
                           std::span<const std::vector<std::string>> expected);

}  // namespace scoria
