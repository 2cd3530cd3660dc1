// A square heat map with the tokens at its sides, on one canvas. The pointer or the arrow keys read a cell.

const MOST_LABELLED = 48;

// map: levels 0 to 255; describe(row, column) says a cell in words.
function heatMap({ pieces, map, kind, label, describe, width }) {
  const n = pieces.length;
  const labelled = n <= MOST_LABELLED;
  const most = labelled ? Math.max(...pieces.map((p) => [...shortened(p, 12)].length)) : 3;
  const gutter = Math.round(most * 7.3) + 8;
  const cell = Math.max(1, Math.min(32, Math.floor((width - gutter - 2) / n)));
  const side = gutter + cell * n + 2;
  const canvas = el("canvas", { role: "img", tabindex: "0", "aria-label": `${label}; arrow keys read its cells` });
  const readout = el("p", { class: "readout note", "aria-live": "polite" }, "Point at a cell, or use the arrow keys.");
  const scale = window.devicePixelRatio || 1;
  canvas.width = canvas.height = Math.round(side * scale);
  canvas.style.width = canvas.style.height = `${side}px`;
  const context = canvas.getContext("2d");
  let at = null;

  const picture = document.createElement("canvas");
  picture.width = picture.height = n;
  putColors(picture.getContext("2d"), map, n, palette(kind));

  function drawLabels(style) {
    context.fillStyle = style.getPropertyValue("--muted");
    context.textBaseline = "middle";
    context.font = `${labelled ? Math.max(8, Math.min(12, cell - 1)) : 11}px "DejaVu Sans Mono", ui-monospace, monospace`;
    const every = labelled ? 1 : 64;
    for (let i = 0; i < n; i += every) {
      const text = labelled ? shortened(pieces[i], 12) : String(i);
      const place = gutter + (i + 0.5) * cell;
      context.textAlign = "right";
      context.fillText(text, gutter - 5, place);
      context.save();
      context.translate(place, gutter - 5);
      context.rotate(-Math.PI / 2);
      context.textAlign = "left";
      context.fillText(text, 0, 0);
      context.restore();
    }
  }
  function draw() {
    const style = getComputedStyle(document.documentElement);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, side, side);
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, gutter, gutter, cell * n, cell * n);
    drawLabels(style);
    context.strokeStyle = style.getPropertyValue("--line");
    context.strokeRect(gutter - 0.5, gutter - 0.5, cell * n + 1, cell * n + 1);
    if (!at) return;
    context.strokeStyle = style.getPropertyValue("--ink");
    context.lineWidth = 2;
    context.strokeRect(gutter + at[1] * cell, gutter + at[0] * cell, Math.max(cell, 3), Math.max(cell, 3));
    context.lineWidth = 1;
  }
  function read(row, column) {
    at = [Math.min(Math.max(row, 0), n - 1), Math.min(Math.max(column, 0), n - 1)];
    readout.textContent = describe(...at);
    draw();
  }
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top - gutter) / cell);
    const column = Math.floor((event.clientX - box.left - gutter) / cell);
    if (row >= 0 && column >= 0 && row < n && column < n) read(row, column);
  });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    read(...(at ? [at[0] + step[0], at[1] + step[1]] : [0, 0]));
  });
  draw();
  return [el("div", { class: "scroll" }, canvas), readout];
}
