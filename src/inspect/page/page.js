// The page: which model is looked at, and what is drawn when.

document.addEventListener("DOMContentLoaded", () => {
  const data = JSON.parse(byId("data").textContent);
  // Which head is read and which of its lines are drawn: kept for each model.
  const views = data.models.map((model) => ({ layer: model.layers - 1, head: 0, added: true,
    least: model.pieces.length > 64 ? 0.02 : 0.05 }));
  let current = 0;
  let stop = () => {};

  function draw() {
    const model = data.models[current];
    stop();
    showSummary(data, current, (i) => { current = i; draw(); });
    showTokens(model);
    stop = showAttention(model, views[current]);
    showStates(model);
    showPath(model);
    showPredictions(model);
    if (data.comparison) showComparison(data.models, data.comparison);
  }
  showSections();
  if (!data.comparison) document.querySelector('nav a[href="#comparison"]').remove();
  startTheme(draw);
});

function showSections() {
  const names = { tokens: "Tokens", attention: "Attention", states: "States", path: "[CLS]", predictions: "Predictions",
    comparison: "Comparison" };
  document.querySelector("nav").append(...Object.entries(names).map(([id, name]) => el("a", { href: `#${id}` }, name)));
}

function showSummary(data, current, choose) {
  const model = data.models[current];
  const fact = (name, value) => el("span", {}, `${name} `, el("b", {}, value));
  const choice = data.models.length < 2 ? null : el("div", { class: "choice", role: "group", "aria-label": "model" },
    ...data.models.map((m, i) => el("button", { type: "button", "aria-pressed": String(i === current),
      onclick: () => choose(i) }, `${"AB"[i]}: ${visible(m.name)}`)));
  const cut = model.cut === 0 ? null : el("p", { class: "note" },
    `The text has ${model.pieces.length + model.cut} tokens and the model ${model.pieces.length} positions: the last ${model.cut} are left out.`);
  byId("summary").replaceChildren(...model.texts.map((text) => el("p", { class: "sentence", dir: "auto" }, visible(text.raw))),
    el("p", { class: "facts" }, fact("model", visible(model.name)), fact("class", model.architecture),
      fact("layers", model.layers), fact("heads", model.heads), fact("hidden size", model.hidden_size),
      fact("tokens", model.pieces.length), fact("computed on", visible(model.device))), cut || "", choice || "");
}
