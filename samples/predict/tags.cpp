// predict --task tag
#include <fmt/format.h>

#include <string>
#include <vector>

#include "json_line.h"
#include "predictor.h"
#include "scoria/tasks/sentences.h"
#include "scoria/tasks/tagging.h"

namespace {

using namespace scoria;
using Json = nlohmann::ordered_json;

std::string_view cut(std::string_view text, const TokenSpan& place) {
  return text.substr(place.begin, place.end - place.begin);
}

class TagPredictor : public Predictor {
 public:
  explicit TagPredictor(const PredictorParts& parts)
      : parts_(parts), windows_{parts.settings.window, parts.settings.stride} {}

  std::string predict(std::span<const Request> requests) override {
    return parts_.settings.task_file.empty() ? predict_texts(requests) : predict_sentences(requests);
  }

 private:
  std::string predict_texts(std::span<const Request> requests) {
    std::vector<std::string_view> texts;
    for (const Request& request : requests) texts.emplace_back(request.text);
    const std::vector<TaggedText> tagged = tag_texts(parts_.runner, parts_.tokenizer, texts, windows_);
    std::string out;
    for (std::size_t i = 0; i < requests.size(); ++i)
      out += parts_.settings.json ? json_line(requests[i], tagged[i]) : plain_line(texts[i], tagged[i]);
    return out;
  }

  // A word and its tag a line and an empty line after a sentence: CoNLL's columns.
  std::string predict_sentences(std::span<const Request> requests) {
    std::vector<std::vector<std::string>> sentences;
    for (const Request& request : requests) sentences.push_back(request.words);
    const auto tags = tag_words(parts_.runner, parts_.tokenizer, sentences, windows_);
    std::string out;
    for (std::size_t i = 0; i < requests.size(); ++i)
      out += parts_.settings.json ? json_line(requests[i], tags[i]) : column_lines(requests[i], tags[i]);
    return out;
  }

  std::string tag_name(const WordTag& tag) const {
    return tag.label < 0 ? "O" : label_name(parts_.runner.config().labels, static_cast<std::size_t>(tag.label));
  }
  std::vector<EntitySpan> entities(const std::vector<WordTag>& tags) const {
    return entity_spans(tags, parts_.runner.config().labels);
  }

  std::string column_lines(const Request& request, const std::vector<WordTag>& tags) const {
    std::string lines;
    for (std::size_t i = 0; i < tags.size(); ++i) lines += request.words[i] + "\t" + tag_name(tags[i]) + "\n";
    return lines + "\n";
  }

  std::string plain_line(std::string_view text, const TaggedText& tagged) const {
    std::string line;
    const auto add = [&](std::string_view what, std::string_view type, float probability) {
      line += fmt::format("{}{}\t{}\t{:.4f}", line.empty() ? "" : "\t", what, type, probability);
    };
    if (parts_.settings.words) {
      for (std::size_t i = 0; i < tagged.words.size(); ++i)
        add(cut(text, tagged.words[i]), tag_name(tagged.tags[i]), tagged.tags[i].probability);
    } else {
      for (const EntitySpan& entity : entities(tagged.tags))
        add(cut(text, bytes_of(entity, tagged.words)), entity.type, entity.probability);
    }
    return line + "\n";
  }

  static TokenSpan bytes_of(const EntitySpan& entity, const std::vector<TokenSpan>& words) {
    return {words[entity.begin].begin, words[entity.end - 1].end};
  }

  Json placed(std::string_view text, TokenSpan place) const {
    Json object{{"text", cut(text, place)}};
    if (!parts_.settings.byte_offsets) to_code_points(text, {&place, 1});
    object["start"] = place.begin;
    object["end"] = place.end;
    return object;
  }

  std::string json_line(const Request& request, const TaggedText& tagged) const {
    Json line = json_of(request);
    line["entities"] = Json::array();
    for (const EntitySpan& entity : entities(tagged.tags)) {
      Json object{{"type", entity.type}};
      object.update(placed(request.text, bytes_of(entity, tagged.words)));
      object["probability"] = shortest(entity.probability);
      line["entities"].push_back(std::move(object));
    }
    if (!parts_.settings.words) return to_line(line);
    line["words"] = Json::array();
    for (std::size_t i = 0; i < tagged.words.size(); ++i) {
      Json object = placed(request.text, tagged.words[i]);
      object["tag"] = tag_name(tagged.tags[i]);
      object["probability"] = shortest(tagged.tags[i].probability);
      line["words"].push_back(std::move(object));
    }
    return to_line(line);
  }

  std::string json_line(const Request& request, const std::vector<WordTag>& tags) const {
    Json line = json_of(request), names = Json::array(), list = Json::array();
    for (const WordTag& tag : tags) names.push_back(tag_name(tag));
    for (const EntitySpan& entity : entities(tags))
      list.push_back({{"type", entity.type},
                      {"first", entity.begin},
                      {"last", entity.end - 1},
                      {"probability", shortest(entity.probability)}});
    line["tokens"] = request.words;
    line["tags"] = std::move(names);
    line["entities"] = std::move(list);
    return to_line(line);
  }

  PredictorParts parts_;
  TagWindows windows_;
};

}  // namespace

std::unique_ptr<Predictor> make_tag_predictor(const PredictorParts& parts) {
  return std::make_unique<TagPredictor>(parts);
}
