// Hidden states: a table with a row a token and a column a layer, its cells coloured.

const FIRST_ROWS = 64;

// cell(layer, token) gives { text, level, kind }, and onclick and class where it can be chosen.
function tokenTable({ model, caption, cell, columns }) {
  const rows = el("tbody");
  const add = (from, to) => rows.append(...range(to - from).map((i) => {
    const token = from + i;
    return el("tr", {}, el("th", { scope: "row", title: `position ${token}` }, piece(model.pieces[token], 14)),
      ...columns.map((_, column) => tableCell(cell(column, token))));
  }));
  const count = model.pieces.length;
  add(0, Math.min(count, FIRST_ROWS));
  const more = count > FIRST_ROWS ? el("button", { type: "button", class: "plain more", onclick: () => {
    add(FIRST_ROWS, count);
    more.remove();
  } }, `Show all ${count} tokens`) : null;
  return el("div", {}, caption ? el("h3", { class: "caption" }, caption) : null, el("div", { class: "scroll" }, el("table", { "aria-label": caption || "cosine" },
    el("thead", {}, el("tr", {}, el("td"), ...columns.map((name) => el("th", { scope: "col" }, name)))), rows)), more);
}

function tableCell({ text, title, level, kind = "level", onclick, label, name = "" }) {
  const style = painted(kind, level);
  if (!onclick) return el("td", { style, title: title || null }, text);
  const button = el("button", { type: "button", "aria-pressed": "false", "aria-label": label || null, onclick: () => {
    button.closest("table").querySelectorAll("[aria-pressed=true]").forEach((other) => other.setAttribute("aria-pressed", "false"));
    button.setAttribute("aria-pressed", "true");
    onclick();
  } }, text);
  return el("td", { style, class: name || null, title: title || null }, button);
}

const layerNames = (model) => range(model.layers + 1).map((layer) => (layer === 0 ? "emb" : String(layer)));

function showStates(model) {
  const norms = model.norms.flat();
  const [low, high] = [Math.min(...norms), Math.max(...norms)];
  const least = lowEnd(model.similarity);
  const columns = layerNames(model);
  const normTable = tokenTable({ model, caption: "Length of the state", columns, cell: (layer, token) => {
    const value = model.norms[layer][token];
    return { text: fixed(value, 1), level: high > low ? (value - low) / (high - low) : 0.5 };
  } });
  const cosineTable = tokenTable({ model, caption: "Cosine with the embeddings", columns,
    cell: (layer, token) => {
      const value = model.similarity[layer][token];
      return { text: fixed(value), level: (value - least) / (1 - least) };
    } });
  body("states").replaceChildren(
    el("p", { class: "note" }, "Column \u201cemb\u201d is what enters layer 1: the normalised sum of word, position and segment. ",
      "The others are what each layer gives. Left: how long each token\u2019s vector is; right: how much of its first direction it keeps."),
    el("div", { class: "columns" },
      el("div", {}, normTable, legend("level", "length", [[fixed(low, 1), 0], [fixed(high, 1), 1]])),
      el("div", {}, cosineTable, rangeLegend("cosine", least))));
}
