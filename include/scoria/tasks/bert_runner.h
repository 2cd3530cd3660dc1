#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "scoria/device.h"
#include "scoria/model/bert.h"
#include "scoria/model/bert_files.h"
#include "scoria/model/sentence_pooling.h"
#include "scoria/session.h"
#include "scoria/tensor.h"
#include "scoria/text/encoding.h"

namespace scoria {

struct BertRunnerOptions {
  /// Texts that run at once. Memory grows with it.
  std::int64_t batch = 32;
};

/// Runs a BERT without dropout on encoded texts, any number and any lengths, and answers in the order given.
///
///     BertRunner runner(Device::open(), load_bert("bert-base-uncased").model);
///     Tensor vectors = runner.sentence_vectors(tokenizer.encode_batch(texts), {});      [texts, H]
///
/// Texts run in batches, packed: one beside the other, so that nothing is computed for padding but for what rounds a
/// batch's tokens up, an eighth of them at most. All batches of a call are of about as many tokens and run in one
/// shape. A shape is compiled when it is first needed and kept; all share the weights and one arena of the largest
/// size met.
///
/// The numbers of a text do not depend on the texts beside it: they were bit-equal for a text alone, in full batches
/// and beside longer texts on the CPU and on llvmpipe. A device whose kernels differ by shape sums in another order;
/// the bound that tests hold it to is 2e-5 for logits and hidden states of about 1
/// (tests/backend/bert_runner_test.cpp).
///
/// A call holds the results of its texts, so give it a million texts in parts.
///
/// Texts must come without padding; their `overflow` is not looked at: give each window as a text of its own. Every
/// call throws Error (Usage) that names the text by its number for one that is empty or longer than
/// max_position_embeddings, and Error (Input) for an id or segment outside the model's tables: a tokenizer of another
/// model. A runner is used by one thread at a time.
class BertRunner {
 public:
  BertRunner(const Device& device, const BertModel& model, const BertRunnerOptions& options = {});
  /// Reads the weights where another session has them, a trainer's say: in its state "parameters", laid out as
  /// bert_parameters(config, head). That session must outlive the runner, and is free to step between calls.
  BertRunner(const Session& sharing, const BertConfig& config, BertHead head, const BertRunnerOptions& options = {});
  ~BertRunner();
  BertRunner(BertRunner&&) noexcept;
  BertRunner& operator=(BertRunner&&) noexcept;

  const BertConfig& config() const;
  BertHead head() const;
  const BertRunnerOptions& options() const;

  /// What the head says of each text of n tokens:
  ///
  ///   SequenceClassification      [labels]
  ///   TokenClassification         [n, labels]
  ///   QuestionAnswering           [2, n]: each token as the first and as the last of the answer
  ///   NextSentence, Pretraining   [2]: the second text follows the first; it does not
  ///
  /// Throws Error (Usage) for another head.
  std::vector<Tensor> logits(std::span<const Encoding> texts);

  /// Called with a text's number, a place in its list of positions, and the logits over the vocabulary [V].
  using TokenVisitor = std::function<void(std::size_t text, std::size_t place, std::span<const float> logits)>;
  /// What the MLM head predicts at some positions of each text: one list a text, which may be empty. Visits in any
  /// order, since logits of many positions would fill the memory. Throws Error (Usage) for a head without an MLM head,
  /// and for a position outside its text.
  void token_logits(std::span<const Encoding> texts, std::span<const std::vector<std::int32_t>> positions,
                    const TokenVisitor& visit);

  /// [n, H] of each text: what layer `layer` gives, 1 .. L, or 0 for the embeddings; negative counts from the end, -1
  /// is the last. Throws Error (Usage) for a layer that is not there.
  std::vector<Tensor> hidden_states(std::span<const Encoding> texts, std::int64_t layer = -1);

  /// One vector a text, [texts, pooling.width(H)]: the pooled output of a layer, counted as in hidden_states(), of all
  /// tokens but the first `prompt_tokens`. Throws Error (Input) for "max" of a text that has no others.
  Tensor sentence_vectors(std::span<const Encoding> texts, const SentencePooling& pooling, std::int64_t layer = -1,
                          std::int64_t prompt_tokens = 0);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace scoria
