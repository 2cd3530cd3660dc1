// [CLS] through the layers.

function showPath(model) {
  const shares = model.cls_variance;
  body("path").replaceChildren(
    el("p", { class: "note" }, "[CLS] begins as the same vector in every text and gathers what the layers bring. The map shows its ",
      `${model.layers + 1} states along their two principal axes, which hold ${percent(shares[0] + shares[1])} of their variance; both axes have one scale.`),
    el("div", { class: "columns" }, pathMap(model),
      el("div", {}, el("h3", { style: "margin-top:0" }, "Cosine of [CLS] before and after a layer"), bars(model.cls_cosine.map((value, i) =>
        [`${i === 0 ? "emb" : i} \u2192 ${i + 1}`, Math.max(value, 0), fixed(value, 3)])))));
}

// rows: [label, share of the track, figure].
function bars(rows) {
  return el("div", { class: "bars" }, ...rows.flatMap(([label, share, figure]) => [
    typeof label === "string" ? el("span", { class: "mono" }, label) : label,
    el("span", { class: "track" }, el("span", { class: "fill", style: `display:block;width:${100 * share}%` })),
    el("span", {}, figure)]));
}

function pathMap(model) {
  const width = Math.min(480, body("path").clientWidth);
  const [height, edge] = [Math.round(0.75 * width), 40];
  const points = model.cls_path;
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const middle = (values) => (Math.min(...values) + Math.max(...values)) / 2;
  const spread = (values) => Math.max(...values) - Math.min(...values) || 1e-9;
  const scale = Math.min((width - 2 * edge) / spread(xs), (height - 2 * edge) / spread(ys));
  const places = points.map(([x, y]) => [width / 2 + (x - middle(xs)) * scale, height / 2 - (y - middle(ys)) * scale]);
  const labels = placeLabels(places);
  const shares = model.cls_variance.map(percent);
  return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": `the states of [CLS] in a plane: ${points.map(([x, y], i) => `${i}: ${fixed(x, 1)}, ${fixed(y, 1)}`).join("; ")}` },
    svg("rect", { class: "rule", x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 6 }),
    svg("text", { class: "quiet", x: width - 8, y: height - 9, "text-anchor": "end" }, `axis 1, ${shares[0]} \u2192`),
    svg("text", { class: "quiet", x: 8, y: 18 }, `\u2191 axis 2, ${shares[1]}`),
    ...places.slice(1).map((to, i) => step(places[i], to)),
    ...places.map(([x, y], i) => {
      const rgb = css(color("level", 0.3 + (0.7 * i) / Math.max(model.layers, 1)));
      return svg("circle", { cx: x, cy: y, r: 6, fill: rgb, stroke: "var(--ink)", "stroke-width": 1 },
        svg("title", {}, i === 0 ? "embeddings" : `layer ${i}`));
    }),
    ...labels.map(([x, y], i) => svg("text", { x, y: y + 4, "text-anchor": "middle" }, i === 0 ? "emb" : String(i))));
}

// A line from point to point with an arrow head in its middle, where it is long enough for one.
function step([x1, y1], [x2, y2]) {
  const length = Math.hypot(x2 - x1, y2 - y1);
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [mx, my] = [(x1 + x2) / 2, (y1 + y2) / 2];
  const wing = (side) => `${mx - 7 * ux - side * 4 * uy} ${my - 7 * uy + side * 4 * ux}`;
  const head = length > 36 ? `M${wing(1)}L${mx} ${my}L${wing(-1)}` : "";
  return svg("path", { class: "line", "stroke-opacity": 0.6, "stroke-width": 2, d: `M${x1} ${y1}L${x2} ${y2}${head}` });
}

// For each point the place around it that is farthest from other points and labels.
function placeLabels(points) {
  const labels = [];
  points.forEach(([x, y], i) => {
    const away = i === 0 ? 25 : 18;  // "emb" is wider than a number
    const around = range(8).map((k) => [x + away * Math.cos((k * Math.PI) / 4), y - 16 * Math.sin((k * Math.PI) / 4)]);
    const others = [...points.filter((_, j) => j !== i), ...labels];
    const room = ([u, v]) => Math.min(40, ...others.map(([a, b]) => Math.hypot(u - a, v - b)));
    labels.push(around.reduce((best, place) => (room(place) > room(best) + 0.01 ? place : best)));
  });
  return labels;
}
