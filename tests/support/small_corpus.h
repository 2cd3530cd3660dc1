#pragma once

#include <filesystem>
#include <fstream>
#include <random>
#include <string>

namespace scoria {

/// Documents of made-up sentences, the same for the same numbers.
inline void write_small_corpus(const std::filesystem::path& path, int documents = 24, int sentences = 12) {
  static const char* const kSubjects[] = {"the miller", "a young sailor", "her brother", "the old engine",
                                          "every child"};
  static const char* const kVerbs[] = {"mends", "forgets", "paints", "carries", "measures", "sells"};
  static const char* const kObjects[] = {"the broken wheel", "a letter", "seven lamps", "the garden wall",
                                         "some bread"};
  static const char* const kEnds[] = {"before dawn", "in the rain", "without a word", "for his friend", "again"};
  std::mt19937 random(7);
  const auto pick = [&](const auto& words) { return std::string(words[random() % std::size(words)]); };
  std::ofstream stream(path);
  for (int d = 0; d < documents; ++d) {
    for (int s = 0; s < sentences; ++s) {
      std::string sentence = pick(kSubjects) + " " + pick(kVerbs) + " " + pick(kObjects) + " " + pick(kEnds) + ".";
      sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
      stream << sentence << "\n";
    }
    stream << "\n";
  }
}

}  // namespace scoria
