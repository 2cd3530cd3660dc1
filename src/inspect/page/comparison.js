// Two models on one text.

function showComparison(models, comparison) {
  const maps = models.map((model) => new AttentionMaps(model));
  byId("comparison").hidden = false;
  body("comparison").replaceChildren(comparedFacts(models), ...comparedTokens(models, comparison),
    el("div", { class: "columns" }, el("div", {}, ...comparedLayers(models, comparison)),
      el("div", {}, ...comparedStates(models, comparison))),
    ...comparedAttention(models, maps, comparison), ...comparedPredictions(models, comparison));
}

const tag = (i) => el("span", { class: `tag${i ? " second" : ""}` }, "AB"[i]);

function comparedFacts(models) {
  const row = (name, value) => el("tr", {}, el("th", { scope: "row" }, name), ...models.map((m) => el("td", {}, value(m))));
  return el("div", { class: "scroll" }, el("table", { class: "facts-table" },
    el("thead", {}, el("tr", {}, el("td"), ...models.map((m, i) => el("td", {}, tag(i), " ", el("b", {}, visible(m.name)))))),
    el("tbody", {}, row("class", (m) => m.architecture),
      row("size", (m) => `${plural(m.layers, "layer")} of ${m.hidden_size}, ${plural(m.heads, "head")}`),
      row("pieces", (m) => String(m.pieces.length)))));
}

function comparedTokens(models, comparison) {
  const title = el("h3", {}, "Tokens");
  if (comparison.same_pieces)
    return [title, el("p", { class: "note" }, `Both models cut the text into the same ${models[0].pieces.length} pieces.`)];
  const side = (model, begin, end) => el("div", {}, ...range(end - begin).map((i) => piece(model.pieces[begin + i])));
  const stretches = comparison.aligned.map(([a, b, c, d]) => {
    const differs = models[0].pieces.slice(a, b).join(" ") !== models[1].pieces.slice(c, d).join(" ");
    return el("div", { class: differs ? "differs" : null }, side(models[0], a, b), side(models[1], c, d));
  });
  return [title, el("p", { class: "note" }, "Above the pieces of ", tag(0), ", below those of ", tag(1),
    ", box by box the same stretch of the text. A coloured edge: they cut it differently."),
    el("div", { class: "pair" }, ...stretches)];
}

function comparedLayers(models, comparison) {
  const columns = layerNames(models[1]);
  const least = lowEnd(comparison.cka);
  const table = el("table", { "aria-label": "similarity of layers" },
    el("thead", {}, el("tr", {}, el("td"), ...columns.map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, ...comparison.cka.map((row, layer) => el("tr", {}, el("th", { scope: "row" }, layerNames(models[0])[layer]),
      ...row.map((value) => tableCell({ text: fixed(value), level: (value - least) / (1 - least) }))))));
  return [el("h3", {}, "Similarity of layers (linear CKA)"),
    el("p", { class: "note" }, "Layers of ", tag(0), " down, of ", tag(1), " across. 1: the tokens lie to each other in the same way, ",
      "whatever the coordinates; 0: in unrelated ways. With few tokens it is high for any two models; here there are ",
      `${comparison.aligned.length} stretches of text.`),
    el("div", { class: "scroll" }, table), rangeLegend("CKA", least)];
}

function comparedStates(models, comparison) {
  const title = el("h3", {}, "Cosine of the same token\u2019s states");
  if (!comparison.cosine)
    return [title, el("p", { class: "note" }, "Needs the same pieces, depth and width in both models; these differ.")];
  const least = lowEnd(comparison.cosine);
  return [title, tokenTable({ model: models[0], caption: null, columns: layerNames(models[0]),
    cell: (layer, token) => ({ text: fixed(comparison.cosine[layer][token]),
      level: (comparison.cosine[layer][token] - least) / (1 - least) }) }),
    rangeLegend("cosine", least)];
}

function comparedAttention(models, maps, comparison) {
  const title = el("h3", {}, "Difference of attention");
  const differences = comparison.attention_difference;
  if (!differences)
    return [title, el("p", { class: "note" }, "Needs the same pieces, layers and heads in both models; these differ.")];
  const place = el("div");
  const show = (layer, head) => place.replaceChildren(...differenceMap(models[0], maps, layer, head));
  const rows = differences.map((heads, layer) => el("tr", {}, el("th", { scope: "row" }, `layer ${layer + 1}`),
    ...heads.map((value, head) => tableCell({ text: fixed(value), level: value, onclick: () => show(layer, head),
      label: `${headName(models[0], layer, head)}: ${fixed(value)}` }))));
  const table = el("table", { "aria-label": "difference of attention" },
    el("thead", {}, el("tr", {}, el("td"), ...differences[0].map((_, head) => el("th", { scope: "col" }, `head ${head + 1}`)))),
    el("tbody", {}, ...rows));
  const flat = differences.flat();
  const largest = flat.indexOf(Math.max(...flat));
  const chosen = [Math.floor(largest / models[0].heads), largest % models[0].heads];
  rows[chosen[0]].querySelectorAll("button")[chosen[1]].setAttribute("aria-pressed", "true");
  show(...chosen);
  return [title, el("p", { class: "note" }, "The share of its attention that a head pays elsewhere in the other model: 0 the same tokens, 1 none in common. Choose a head to see where."),
    el("div", { class: "columns" }, el("div", {}, el("div", { class: "scroll" }, table),
      legend("level", "share elsewhere", [["0", 0], ["0.5", 0.5], ["1", 1]])), place)];
}

function differenceMap(model, maps, layer, head) {
  const [a, b] = maps.map((m) => m.map(layer, head));
  const n = model.pieces.length;
  const difference = (i) => WEIGHT[a[i]] - WEIGHT[b[i]];
  const levels = Uint8Array.from(a, (_, i) => 127.5 + 127.5 * Math.sign(difference(i)) * Math.sqrt(Math.abs(difference(i))));
  const describe = (row, column) => `\u201c${visible(model.pieces[row])}\u201d to \u201c${visible(model.pieces[column])}\u201d: A `
    + `${fixed(WEIGHT[a[row * n + column]], 3)}, B ${fixed(WEIGHT[b[row * n + column]], 3)}`;
  const name = headName(model, layer, head);
  const width = Math.min(480, Math.max(280, body("comparison").clientWidth));
  return [el("h3", { style: "margin-top:0" }, name[0].toUpperCase() + name.slice(1)),
    ...heatMap({ pieces: model.pieces, map: levels, kind: "sign", label: `difference of ${name}`, describe, width }),
    legend("sign", "weight of A less that of B", [["\u22121", 0], ["\u22120.25", 0.25], ["0", 0.5], ["0.25", 0.75], ["1", 1]])];
}

function comparedPredictions(models, comparison) {
  const title = el("h3", {}, "Predictions of the last layer");
  if (models.some((m) => !m.predictions))
    return [title, el("p", { class: "note" }, "Needs an MLM head in both models.")];
  const best = models.map((m) => (token) => m.predictions.tokens[m.layers][token].slice(0, 3)
    .map((text, rank) => [text, m.predictions.probabilities[m.layers][token][rank]]));
  const guesses = (i, begin, end, other) => el("td", {}, ...range(end - begin).map((k) => el("div", {},
    ...best[i](begin + k).map(([text, p]) => el("span", {}, el("span", { class: other.has(text) ? null : "only" }, piece(text, 12)),
      el("span", { class: "p" }, percent(p)))))));
  const rows = comparison.aligned.slice(0, 200).map(([a, b, c, d]) => {
    const said = [new Set(range(b - a).flatMap((k) => best[0](a + k).map(([text]) => text))),
      new Set(range(d - c).flatMap((k) => best[1](c + k).map(([text]) => text)))];
    const names = models[0].pieces.slice(a, b);
    return el("tr", {}, el("th", { scope: "row" }, ...names.map((text) => el("div", {}, piece(text, 14)))),
      guesses(0, a, b, said[1]), guesses(1, c, d, said[0]));
  });
  return [title, el("p", { class: "note" }, "Three a token. Bold: not among the other\u2019s three."),
    el("div", { class: "scroll" }, el("table", { class: "guesses" },
      el("thead", {}, el("tr", {}, el("td"), ...models.map((m, i) => el("th", { scope: "col", style: "text-align:left" }, tag(i), " ", visible(m.name))))),
      el("tbody", {}, ...rows)))];
}
