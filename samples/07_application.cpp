// 07_application: what an application with a BERT inside starts from: a service that answers a line with a line. With a
// model tuned on reviews, and the lines "what a wonderful film", one of 20,000 letters, and "what a terrible film", it
// prints:
//   positive ...
//   error: a text of 20000 bytes...
//   negative ...
//
// 07_application MODEL_FOLDER [DEVICE] < LINES

#include <iostream>
#include <string>

#include "scoria/scoria.h"

namespace {

using scoria::Error;
using scoria::ErrorKind;

/// What is made once and lives as long as the application: the device, and on it the model. One thread at a time may
/// ask it; an application with several gives each its own runner or takes turns.
class ReviewService {
 public:
  ReviewService(const std::string& folder, const std::string& device)
      : tokenizer_(scoria::Tokenizer::load(folder)),
        device_(scoria::Device::open(device)),
        runner_(device_, scoria::load_bert(folder, {.head = scoria::BertHead::SequenceClassification}).model) {
    classify("");  // the first text of a length compiles its kernels: better now than when somebody waits
  }

  struct Opinion {
    std::string label;
    float probability;
  };
  /// Throws Error (Input) for a text that no one could have meant.
  Opinion classify(const std::string& text) {
    constexpr std::size_t kMostBytes = 10'000;
    if (text.size() > kMostBytes) {
      throw Error(ErrorKind::Input, "a text of " + std::to_string(text.size()) + " bytes, " +
                                        std::to_string(kMostBytes) + " are read; shorten it");
    }
    const scoria::TextInput texts[] = {{text}};
    const scoria::TextScores scores = scoria::classify(runner_, tokenizer_, texts)[0];
    return {scoria::label_name(runner_.config().labels, scores.best()), scores.probabilities[scores.best()]};
  }

  std::string device_name() const { return device_.info().name; }

 private:
  scoria::Tokenizer tokenizer_;
  scoria::Device device_;
  scoria::BertRunner runner_;
};

// What is wrong with one request is told to the one who asked; anything else ends the service.
std::string answer(ReviewService& service, const std::string& line) {
  try {
    const auto [label, probability] = service.classify(line);
    return label + " " + std::to_string(probability);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::Input) throw;
    return std::string("error: ") + error.what();
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) throw Error(ErrorKind::Usage, "which model? give its folder: 07_application MODEL_FOLDER [DEVICE]");
  // The library itself prints nothing; what it has to say, such as which driver was passed over, comes here.
  scoria::set_log_sink([](scoria::LogLevel, std::string_view line) { std::cerr << line << "\n"; });

  ReviewService service(argv[1], argc > 2 ? argv[2] : "auto");
  std::cerr << "ready on " << service.device_name() << "\n";
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << answer(service, line) << "\n" << std::flush;
  }
} catch (const Error& error) {
  // One line that says what, where and what to do; its kind is the exit code.
  std::cerr << "07_application: " << error.what() << "\n";
  return static_cast<int>(error.kind());
}
