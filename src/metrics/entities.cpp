#include "scoria/metrics/entities.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "metrics/paired.h"
#include "scoria/error.h"

namespace scoria {
namespace {

bool is_one_of(char prefix, std::string_view those) { return those.find(prefix) != those.npos; }

/// A tag's prefix and type. A prefix that is no ASCII letter is like any other that is not B, I, O, E or S.
struct Tag {
  char prefix = 'O';
  std::string type;
};

Tag parse(const std::string& text) {
  if (text.empty()) throw Error(ErrorKind::Usage, "entities: an empty tag; a word outside of entities has the tag O");
  std::size_t size = 1;
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
  const std::string_view rest = std::string_view(text).substr(size);
  const std::string_view type = rest.substr(rest.find('-') + 1);  // npos + 1 is 0: all of it
  return {text.front(), std::string(type.empty() ? "_" : type)};
}

/// Cuts sentences into entities, counting words through all of them, with a word O behind each: what a sentence starts
/// with may hang on the one before, where tags are none of BIOES.
class EntityScanner {
 public:
  void add(const std::string& text) { step(parse(text)); }

  /// The entities of the sentence that ends here.
  std::vector<Entity> end_sentence() {
    step({'O', "_"});
    return std::exchange(entities_, {});
  }

 private:
  void step(Tag tag) {
    const bool other_type = before_.type != tag.type;
    const bool ends = is_one_of(before_.prefix, "ES") ||
                      (is_one_of(before_.prefix, "BI") && is_one_of(tag.prefix, "BSO")) ||
                      (!is_one_of(before_.prefix, "O.") && other_type);
    if (ends) entities_.push_back({before_.type, begin_, at_});
    const bool starts = is_one_of(tag.prefix, "BS") ||
                        (is_one_of(tag.prefix, "EI") && is_one_of(before_.prefix, "ESO")) ||
                        (!is_one_of(tag.prefix, "O.") && other_type);
    if (starts) begin_ = at_;
    before_ = std::move(tag);
    ++at_;
  }

  Tag before_;
  std::size_t at_ = 0, begin_ = 0;
  std::vector<Entity> entities_;
};

struct EntityCounts {
  std::size_t correct = 0, predicted = 0, expected = 0;
  void add(const EntityCounts& more) {
    correct += more.correct;
    predicted += more.predicted;
    expected += more.expected;
  }
};

EntityScore score(const std::string& type, const EntityCounts& counts) {
  const double correct = static_cast<double>(counts.correct);
  const double precision = ratio(correct, static_cast<double>(counts.predicted));
  const double recall = ratio(correct, static_cast<double>(counts.expected));
  return {type, precision, recall, harmonic_mean(precision, recall), counts.expected};
}

std::set<Entity> next_entities(EntityScanner& scanner, const std::vector<std::string>& tags) {
  for (const std::string& tag : tags) scanner.add(tag);
  const std::vector<Entity> found = scanner.end_sentence();
  return {found.begin(), found.end()};
}

/// The mean of the types' scores under weights.
template <typename Weight>
EntityScore mean(const std::string& name, const std::vector<EntityScore>& types, Weight weight) {
  EntityScore out{name};
  double all = 0;
  for (const EntityScore& type : types) {
    const double w = weight(type);
    all += w;
    out.precision += w * type.precision;
    out.recall += w * type.recall;
    out.f1 += w * type.f1;
    out.support += type.support;
  }
  out.precision = ratio(out.precision, all);
  out.recall = ratio(out.recall, all);
  out.f1 = ratio(out.f1, all);
  return out;
}

}  // namespace

std::vector<Entity> entities_of(std::span<const std::string> tags) {
  EntityScanner scanner;
  for (const std::string& tag : tags) scanner.add(tag);
  return scanner.end_sentence();
}

EntityReport entity_report(std::span<const std::vector<std::string>> predicted,
                           std::span<const std::vector<std::string>> expected) {
  check_paired("entity_report", predicted.size(), expected.size(), 1);
  std::map<std::string, EntityCounts> counts;
  EntityScanner predicted_scanner, expected_scanner;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (predicted[i].size() != expected[i].size())
      throw Error(ErrorKind::Usage,
                  fmt::format("entity_report: sentence {} has {} predicted and {} expected tags, must "
                              "be as many; give one a word",
                              i, predicted[i].size(), expected[i].size()));
    const std::set<Entity> found = next_entities(predicted_scanner, predicted[i]);
    const std::set<Entity> truth = next_entities(expected_scanner, expected[i]);
    for (const Entity& entity : found) ++counts[entity.type].predicted;
    for (const Entity& entity : truth) {
      ++counts[entity.type].expected;
      counts[entity.type].correct += found.count(entity);
    }
  }
  EntityReport report;
  EntityCounts all;
  for (const auto& [type, of_type] : counts) {
    report.types.push_back(score(type, of_type));
    all.add(of_type);
  }
  report.micro = score("micro", all);
  report.macro = mean("macro", report.types, [](const EntityScore&) { return 1.0; });
  report.weighted = mean("weighted", report.types, [](const EntityScore& s) { return static_cast<double>(s.support); });
  return report;
}

}  // namespace scoria
