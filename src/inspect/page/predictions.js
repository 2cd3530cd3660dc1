// The logit lens: the MLM head after every layer.

function showPredictions(model) {
  const found = model.predictions;
  if (!found) {
    body("predictions").replaceChildren(el("p", { class: "note" },
      `A ${model.architecture} has no head that predicts tokens, so there is nothing to show here.`));
    return;
  }
  const detail = el("div", { class: "detail", "aria-live": "polite" });
  const show = (layer, token) => detail.replaceChildren(
    el("h3", { style: "margin-top:0" }, `Position ${token}, `, piece(model.pieces[token]), `, ${layerWords(layer)}`),
    bars(found.tokens[layer][token].map((text, rank) =>
      [piece(text), found.probabilities[layer][token][rank], percent(found.probabilities[layer][token][rank])])));
  const table = tokenTable({ model, caption: "Most probable token", columns: layerNames(model), cell: (layer, token) => {
    const [text, p] = [found.tokens[layer][token][0], found.probabilities[layer][token][0]];
    return { text: piece(text, 12), level: p, onclick: () => show(layer, token), title: `${visible(text)}: ${percent(p)}`,
      label: `position ${token}, ${layerWords(layer)}: ${visible(text)}, ${percent(p)}`,
      name: text === model.pieces[token] ? "word itself" : "word" };
  } });
  const masked = model.pieces.findIndex((text) => text === "[MASK]" || text === "<mask>");
  show(model.layers, masked >= 0 ? masked : Math.min(1, model.pieces.length - 1));
  body("predictions").replaceChildren(
    el("p", { class: "note" }, "What the model would say if it stopped after a layer. Only the last column is what it was trained for. ",
      "Underlined: the token itself. Choose a cell for all its predictions."),
    el("div", { class: "columns" }, el("div", {}, table,
      legend("level", "probability", [["0", 0], ["0.5", 0.5], ["1", 1]])), detail));
}

const layerWords = (layer) => (layer === 0 ? "embeddings" : `after layer ${layer}`);
