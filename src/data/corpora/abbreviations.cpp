#include "data/corpora/abbreviations.h"

#include <algorithm>
#include <array>
#include <string>

namespace scoria {
namespace {

// Lower case, without the last point.
constexpr std::string_view kInside[] = {"adm", "al",   "approx", "brig", "capt",   "cdr", "cf",   "cmdr", "col", "cpl",
                                        "det", "dr",   "e.g",    "eg",   "esp",    "fr",  "gen",  "gov",  "hon", "i.e",
                                        "ie",  "insp", "lt",     "maj",  "messrs", "mgr", "mlle", "mme",  "mr",  "mrs",
                                        "ms",  "mt",   "pfc",    "pres", "prof",   "pvt", "rep",  "rev",  "rt",  "sen",
                                        "sgt", "st",   "ste",    "supt", "viz",    "vs"};
constexpr std::string_view kBeforeNumber[] = {"apr",  "art", "aug",  "c",    "ca",  "ch",   "chap", "dec", "eq",
                                              "eqs",  "feb", "fig",  "figs", "jan", "jul",  "jun",  "mar", "no",
                                              "nos",  "nov", "oct",  "op",   "p",   "para", "pp",   "pt",  "sec",
                                              "sect", "sep", "sept", "v",    "vol", "vols"};
constexpr std::string_view kMayEnd[] = {"assn", "ave", "blvd", "bros", "co",   "corp", "dept", "ed",  "eds",
                                        "esq",  "est", "etc",  "ft",   "inc",  "jr",   "ltd",  "nat", "ph.d",
                                        "plc",  "rd",  "sq",   "sr",   "univ", "a.m",  "p.m"};
constexpr std::string_view kStarters[] = {
    "A",      "After", "All",     "Although", "An",    "And",  "Another", "As",    "At",    "Because", "Before",
    "But",    "By",    "Despite", "During",   "Each",  "For",  "From",    "Had",   "He",    "Her",     "Here",
    "His",    "How",   "However", "I",        "If",    "In",   "It",      "Its",   "Later", "Many",    "Most",
    "My",     "Nor",   "Now",     "On",       "One",   "Only", "Or",      "Our",   "She",   "Since",   "So",
    "Some",   "Such",  "That",    "The",      "Their", "Then", "There",   "These", "They",  "This",    "Those",
    "Though", "Thus",  "To",      "Under",    "Until", "We",   "What",    "When",  "Where", "While",   "Who",
    "Why",    "With",  "Yet",     "You",      "Your"};

template <std::size_t N>
bool holds(const std::string_view (&words)[N], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// "U.S", "Ph.D", "B": letters one by one between points; for one letter alone, an initial.
bool is_acronym(std::string_view word) {
  for (std::size_t i = 0; i < word.size(); ++i)
    if (i % 2 == 0 ? !is_letter(word[i]) : word[i] != '.') return false;
  return word.size() % 2 == 1 && (word.size() > 1 || (word[0] >= 'A' && word[0] <= 'Z'));
}

}  // namespace

Abbreviation abbreviation_of(std::string_view word) {
  constexpr std::size_t kLongest = 8;
  if (word.empty() || word.size() > kLongest) return Abbreviation::None;
  std::string lower(word);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  if (holds(kInside, lower)) return Abbreviation::Inside;
  if (holds(kMayEnd, lower) || is_acronym(word)) return Abbreviation::MayEnd;
  if (holds(kBeforeNumber, lower)) return Abbreviation::BeforeNumber;
  return Abbreviation::None;
}

bool often_starts_sentence(std::string_view word) { return holds(kStarters, word); }

}  // namespace scoria
