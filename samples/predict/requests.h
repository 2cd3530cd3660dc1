#pragma once

#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "settings.h"

/// One thing to predict.
struct Request {
  std::string place;                           ///< "standard input:3", for messages
  nlohmann::ordered_json id;                   ///< null: none was given
  std::string text;                            ///< of a question the question
  std::optional<std::string> second;           ///< of a pair
  std::shared_ptr<const std::string> context;  ///< of a question
  std::vector<std::string> words;              ///< of a tagged sentence, instead of a text
  std::string fault;                           ///< why nothing can be predicted; empty: it can be tried
};

/// Where requests come from, in order.
class RequestSource {
 public:
  virtual ~RequestSource() = default;
  /// At most `most` more; none at the end. Waits for the first, and for others only as long as they keep coming: what
  /// is typed is answered at once, what is piped comes in batches. A line that is wrong comes with its fault.
  virtual std::vector<Request> next(std::size_t most) = 0;
  /// How much of it has been given; 0 where its length is not known.
  virtual double fraction() const = 0;
};

std::unique_ptr<RequestSource> open_requests(const Settings& settings, Task task);
