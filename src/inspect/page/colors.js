// Colours of both themes. A ramp begins near the surface: what is nothing recedes.

const RAMPS = {
  light: {
    level: ["#f3f6fa", "#cfe1f5", "#9cc3ec", "#5b99db", "#2468b8", "#0b3a78"],
    sign: ["#9c3d10", "#e19468", "#f4f2ef", "#7fb0e4", "#1d5fb4"],
  },
  dark: {
    level: ["#20252c", "#1d3a5f", "#235a98", "#3f86cf", "#84b9ee", "#dcecfc"],
    sign: ["#ffb98f", "#b3663a", "#2a2e35", "#3a78bd", "#9ccbff"],
  },
};

const parsed = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const theme = () => document.documentElement.dataset.theme;

// The colour at t, 0 to 1, of "level", or of "sign", whose middle is 0.5.
function color(kind, t) {
  const stops = RAMPS[theme()][kind];
  const at = Math.min(Math.max(t, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  const a = parsed(stops[low]);
  const b = parsed(stops[low + 1]);
  return a.map((x, i) => Math.round(x + (at - low) * (b[i] - x)));
}

const css = (rgb) => `rgb(${rgb.join(",")})`;

// Ink that reads on a colour: the better contrast of the two, as WCAG measures it.
function inkOn(rgb) {
  const [r, g, b] = rgb.map((x) => (x / 255 <= 0.04045 ? x / 255 / 12.92 : ((x / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#12151a" : "#ffffff";
}

const painted = (kind, t) => {
  const rgb = color(kind, t);
  return `background:${css(rgb)};color:${inkOn(rgb)}`;
};

// ticks: [text, place from 0 to 1] of a ramp.
function legend(kind, title, ticks) {
  const stops = range(11).map((i) => css(color(kind, i / 10))).join(",");
  return el("div", { class: "legend" }, el("div", {}, title),
    el("div", { class: "ramp", style: `background:linear-gradient(to right,${stops})` }),
    el("div", { class: "ticks" }, ...ticks.map(([text, at]) => el("span", { style: `left:${100 * at}%` }, text))));
}

// Where the colours of similarities begin: near the lowest, so that high ones still differ.
const lowEnd = (rows) => Math.min(0.9, Math.floor(10 * Math.min(...rows.flat())) / 10);
const rangeLegend = (title, least) => legend("level", title, [[fixed(least, 1), 0], ["1", 1]]);

// light and dark follow the system until the button is used.
const THEME_WORDS = { auto: "Theme: auto", light: "Theme: light", dark: "Theme: dark" };

function startTheme(redraw) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = "auto";
  const apply = () => {
    document.documentElement.dataset.theme = chosen === "auto" ? (system.matches ? "dark" : "light") : chosen;
    byId("theme").textContent = THEME_WORDS[chosen];
    redraw();
  };
  byId("theme").addEventListener("click", () => {
    chosen = { auto: "light", light: "dark", dark: "auto" }[chosen];
    apply();
  });
  system.addEventListener("change", apply);
  apply();
}
