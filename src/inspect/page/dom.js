// Elements and text. Text of the input only ever enters the page as text nodes and attributes.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null));
  return node;
}
const el = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
const byId = (id) => document.getElementById(id);
const body = (id) => document.querySelector(`#${id} .body`);

// Control, invisible and direction-changing characters by name: what is there is seen, and does nothing.
function visible(text) {
  return text.replace(/\n/g, "\u21b5").replace(/\t/g, "\u21e5")
    .replace(/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
      (c) => `\u27e8U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}\u27e9`);
}
function shortened(text, most) {
  const points = [...visible(text)];
  return points.length > most ? points.slice(0, most - 1).join("") + "\u2026" : points.join("");
}
const piece = (text, most = 24) => el("span", { class: "piece", dir: "auto", title: visible(text) }, shortened(text, most));

const fixed = (number, digits = 2) => (number === null ? "\u2013" : number.toFixed(digits).replace(/^-(0\.?0*)$/, "$1"));
function percent(p) {
  if (p < 0.0005) return "< 0.1 %";
  return `${(100 * p).toFixed(p < 0.0995 ? 1 : 0)} %`;
}
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
const range = (count) => Array.from({ length: count }, (_, i) => i);

// One of a group of controls takes part in the order of the tab key; arrows go from one to the next.
function rove(nodes, columns) {
  nodes.forEach((node, i) => {
    node.setAttribute("tabindex", i === 0 ? "0" : "-1");
    node.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns,
        Home: -i, End: nodes.length - 1 - i }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const next = nodes[i + step];
      if (next) next.focus();
    });
    node.addEventListener("focus", () => {
      nodes.forEach((other) => other.setAttribute("tabindex", other === node ? "0" : "-1"));
    });
  });
}

// Work in slices, so that the page answers between them. Returns a function that gives the rest up.
function inSlices(tasks) {
  let next = 0;
  let stopped = false;
  function slice() {
    const end = performance.now() + 12;
    while (!stopped && next < tasks.length && performance.now() < end) tasks[next++]();
    if (!stopped && next < tasks.length) setTimeout(slice, 0);
  }
  slice();
  return () => { stopped = true; };
}
