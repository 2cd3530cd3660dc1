// Attention: a grid of all heads to scan, entropies, and one head to read.

const MOST_LINES = 1500;

function showAttention(model, view) {
  const maps = new AttentionMaps(model);
  const [reader, lines, chart] = [el("div", { id: "reader" }), el("div", { id: "lines" }), el("div")];
  const grid = headGrid(model, maps, (layer, head, byPointer) => {
    choose(layer, head);
    if (byPointer && reader.getBoundingClientRect().top > window.innerHeight - 200) reader.scrollIntoView();
  });
  function choose(layer, head) {
    view.layer = layer;
    view.head = head;
    grid.mark(layer, head);
    const map = maps.map(layer, head);
    reader.replaceChildren(...headReader(model, map, view, choose, mapWidth(model)));
    lines.replaceChildren(...lineView(model, map, view));
    chart.replaceChildren(entropyChart(model, view, choose));
  }
  body("attention").replaceChildren(
    el("p", { class: "note" }, "A row of a map is a token that looks, a column one that it looks at; a row sums to 1. ",
      "Choose a map to read it. The figure below it is its entropy in bits, the mean over rows: 0 looks at one token, ",
      `${fixed(Math.log2(model.pieces.length), 1)} at all ${model.pieces.length} alike.`),
    storageNote(model),
    el("div", { class: "columns" }, el("div", {}, el("div", { class: "scroll whole" }, grid.node), weightLegend()), reader),
    el("div", { class: "columns" }, lines, chart));
  choose(view.layer, view.head);
  return grid.stop;
}

// The map of one head stands beside the grid where there is room for it, else below.
const thumbSide = (model) => {
  const room = Math.min(670, body("attention").clientWidth) - 65;
  return Math.max(44, Math.min(88, Math.floor(room / (model.heads + 1)) - 4));
};
function mapWidth(model) {
  const all = body("attention").clientWidth;
  const beside = all - (thumbSide(model) + 4) * (model.heads + 1) - 100;
  return Math.min(560, beside >= 320 ? beside : all);
}

function storageNote(model) {
  const { kept, carried } = model.attention;
  const parts = kept === 0 ? "" : `Of each row the ${kept} largest of ${model.pieces.length} weights are in this file; `
    + `they carry ${percent(carried)} of the attention. `;
  return el("p", { class: "note" }, `${parts}Weights are stored in 8 bits, within 0.004 of what was computed.`);
}

const headName = (model, layer, head) => {
  const where = layer < model.layers ? `layer ${layer + 1}` : "mean of the layers";
  const which = head < model.heads ? `head ${head + 1}` : "mean of the heads";
  return layer === model.layers && head === model.heads ? "mean of all heads" : `${where}, ${which}`;
};
// Of a mean over maps the mean of their entropies.
function entropyOf(model, layer, head) {
  const rows = layer < model.layers ? [model.entropy[layer]] : model.entropy;
  const bits = rows.flatMap((row) => (head < model.heads ? [row[head]] : row));
  return bits.reduce((a, b) => a + b) / bits.length;
}
const isMean = (model, layer, head) => layer === model.layers || head === model.heads;

function headGrid(model, maps, choose) {
  const [L, A, n] = [model.layers, model.heads, model.pieces.length];
  const thumbs = [];
  const tasks = [];
  const rows = range(L + 1).flatMap((layer) => {
    const name = layer < L ? `layer ${layer + 1}` : "mean";
    return [el("span", { class: "label row" }, name), ...range(A + 1).map((head) => {
      const canvas = el("canvas", { width: 1, height: 1 });
      const bits = entropyOf(model, layer, head);
      const words = `, ${isMean(model, layer, head) ? "mean entropy" : "entropy"} ${fixed(bits)} bits`;
      const thumb = el("button", { type: "button", class: `thumb${isMean(model, layer, head) ? " mean" : ""}`,
        "data-layer": layer, "data-head": head, "aria-pressed": "false",
        "aria-label": headName(model, layer, head) + words, onclick: (event) => choose(layer, head, event.detail > 0) },
        canvas, el("small", {}, fixed(bits)));
      tasks.push(() => drawThumb(canvas, maps.map(layer, head), n));
      thumbs.push(thumb);
      return thumb;
    })];
  });
  const heads = range(A + 1).map((head) => el("span", { class: "label" }, head < A ? String(head + 1) : "mean"));
  const node = el("div", { class: "grid", role: "group", "aria-label": "attention of all heads",
    style: `grid-template-columns:max-content repeat(${A + 1},${thumbSide(model)}px)` }, el("span", { class: "label row" }, "head"), ...heads, ...rows);
  rove(thumbs, A + 1);
  const mark = (layer, head) => thumbs.forEach((thumb, i) =>
    thumb.setAttribute("aria-pressed", String(i === layer * (A + 1) + head)));
  return { node, mark, stop: inSlices(tasks) };
}

// Every head's entropy, a column a layer.
function entropyChart(model, view, choose) {
  const [width, height, left, bottom] = [340, 250, 44, 42];
  const most = Math.max(Math.log2(model.pieces.length), 0.1);
  const x = (layer) => left + ((layer + 0.5) / model.layers) * (width - left - 10);
  const y = (bits) => height - bottom - (bits / most) * (height - bottom - 24);
  const step = most > 5 ? 2 : most > 1.5 ? 1 : 0.5;
  const ticks = range(Math.floor(most / step) + 1).map((i) => i * step);
  const every = Math.ceil(model.layers / 12);
  const parts = [
    ...ticks.flatMap((bits) => [svg("line", { class: "rule", x1: left, x2: width - 6, y1: y(bits), y2: y(bits) }),
      svg("text", { class: "quiet", x: left - 6, y: y(bits) + 4, "text-anchor": "end" }, String(bits))]),
    svg("line", { class: "dash", x1: left, x2: width - 6, y1: y(most), y2: y(most) }),
    svg("text", { class: "quiet", x: width - 6, y: y(most) - 6, "text-anchor": "end" },
      `all ${model.pieces.length} tokens alike: ${fixed(most, 1)}`),
    ...range(model.layers).filter((layer) => layer % every === 0).map((layer) =>
      svg("text", { class: "quiet", x: x(layer), y: height - bottom + 17, "text-anchor": "middle" }, String(layer + 1))),
    svg("text", { class: "quiet", x: (left + width) / 2, y: height - 6, "text-anchor": "middle" }, "layer"),
    ...model.entropy.flatMap((heads, layer) => heads.map((bits, head) => {
      const chosen = layer === view.layer && head === view.head;
      const spread = (head / Math.max(model.heads - 1, 1) - 0.5) * Math.min(16, 200 / model.layers);
      return svg("circle", { class: `dot${chosen ? " chosen" : ""}`, cx: x(layer) + spread, cy: y(bits), r: chosen ? 6 : 4,
        onclick: () => choose(layer, head) },
        svg("title", {}, `${headName(model, layer, head)}: ${fixed(bits)} bits`));
    }))];
  return el("div", {}, el("h3", {}, "Entropy of every head, bits"),
    svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
      "aria-label": "entropy of every head by layer; the grid has the same figures" }, ...parts));
}

function headReader(model, map, view, choose, width) {
  const bits = entropyOf(model, view.layer, view.head);
  const words = isMean(model, view.layer, view.head) ? `Mean of the heads\u2019 entropies: ${fixed(bits)} bits.`
    : `Entropy ${fixed(bits)} bits: a token looks at about ${fixed(2 ** bits, 1)} of ${model.pieces.length}.`;
  const describe = (row, column) => `\u201c${visible(model.pieces[row])}\u201d (${row}) looks at \u201c`
    + `${visible(model.pieces[column])}\u201d (${column}): ${fixed(WEIGHT[map[row * model.pieces.length + column]], 3)}`;
  const name = headName(model, view.layer, view.head);
  return [el("h3", { id: "head-name" }, name[0].toUpperCase() + name.slice(1)), headControls(model, view, choose),
    el("p", { class: "note" }, words),
    ...heatMap({ pieces: model.pieces, map, kind: "level", label: `attention of ${name}`, describe, width })];
}

function headControls(model, view, choose) {
  const select = (label, count, value, change) => {
    const mean = label === "Layer" ? "mean of layers" : "mean of heads";
    return el("label", {}, label, el("select", { "aria-label": label, onchange: (event) => {
      change(Number(event.target.value));
      document.querySelector(`#reader select[aria-label="${label}"]`).focus();
    } },
      ...range(count + 1).map((i) => el("option", { value: i, selected: i === value }, i < count ? String(i + 1) : mean))));
  };
  return el("div", { class: "controls" },
    select("Layer", model.layers, view.layer, (layer) => choose(layer, view.head)),
    select("Head", model.heads, view.head, (head) => choose(view.layer, head)));
}

// Tokens twice, lines between them as thick as the weight.
function lineView(model, map, view) {
  const n = model.pieces.length;
  const [width, pitch, label, top] = [340, 20, 122, 26];
  const lines = svg("g");
  const tokens = [];
  let pinned = null;
  const draw = (chosen) => {
    lines.replaceChildren(...strongest(map, model, view, chosen).map(([row, column, weight]) => {
      const [y1, y2] = [top + (row + 0.5) * pitch, top + (column + 0.5) * pitch];
      return svg("path", { class: "line", "stroke-opacity": Math.min(1, 0.12 + 0.88 * weight).toFixed(3),
        "stroke-width": (0.75 + 4 * weight).toFixed(2),
        d: `M${label + 4} ${y1}C${width / 2} ${y1} ${width / 2} ${y2} ${width - label - 4} ${y2}` });
    }));
    tokens.forEach((token, i) => token.classList.toggle("chosen", chosen !== null && i === chosen));
  };
  for (const side of [0, 1]) {
    model.pieces.forEach((text, i) => {
      const index = side * n + i;
      const token = svg("g", { class: "token", role: "button",
        "aria-label": `${side ? "lines to" : "lines from"} ${visible(text)}, position ${i}`,
        onpointerenter: () => draw(index), onpointerleave: () => draw(pinned), onfocus: () => draw(index),
        onblur: () => draw(pinned), onclick: () => { pinned = pinned === index ? null : index; draw(pinned); },
        onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); token.dispatchEvent(new Event("click")); } } },
        svg("rect", { x: side ? width - label : 0, y: top + i * pitch, width: label, height: pitch, rx: 3 }),
        svg("text", { class: "mono", x: side ? width - label + 6 : label - 6, y: top + i * pitch + 14,
          "text-anchor": side ? "start" : "end" }, shortened(text, 14)));
      tokens.push(token);
    });
  }
  rove(tokens.slice(0, n), 1);
  rove(tokens.slice(n), 1);
  draw(null);
  const height = top + n * pitch + 4;
  const shown = el("output", {}, fixed(view.least, 3));
  const slider = el("input", { type: "range", min: 0, max: 0.5, step: 0.005, value: view.least,
    "aria-label": "least weight that is drawn", oninput: () => {
      view.least = Number(slider.value);
      shown.textContent = fixed(view.least, 3);
      draw(pinned);
    } });
  const added = el("input", { type: "checkbox", checked: view.added, onchange: () => {
    view.added = added.checked;
    draw(pinned);
  } });
  return [el("h3", {}, "The same head as lines"),
    el("div", { class: "controls" }, el("label", {}, "from a weight of", slider, shown)),
    el("div", { class: "controls" }, el("label", {}, added, "also to [CLS] and [SEP]")),
    el("div", { class: "scroll" }, svg("svg", { width, height, role: "group", "aria-label": "attention as lines" },
      svg("text", { class: "quiet", x: label - 6, y: 15, "text-anchor": "end" }, "looks"),
      svg("text", { class: "quiet", x: width - label + 6, y: 15 }, "looked at"), lines, ...tokens)),
    el("p", { class: "note", style: "max-width:22rem" }, "Point at a token for its lines alone; click keeps them.",
      n * n > MOST_LINES ? ` At most the ${MOST_LINES} strongest are drawn.` : "")];
}

// The largest weights of a map, or those from (chosen < n) or to (chosen >= n) one token.
function strongest(map, model, view, chosen) {
  const n = model.pieces.length;
  const all = [];
  const add = (row, column) => {
    const weight = WEIGHT[map[row * n + column]];
    if (weight > 0 && weight >= view.least && (view.added || !model.special[column])) all.push([row, column, weight]);
  };
  if (chosen === null) {
    for (let row = 0; row < n; ++row) for (let column = 0; column < n; ++column) add(row, column);
  } else {
    for (let i = 0; i < n; ++i) add(...(chosen < n ? [chosen, i] : [i, chosen - n]));
  }
  return all.sort((a, b) => b[2] - a[2]).slice(0, MOST_LINES).reverse();
}
