// What WordPiece made of the text. Cards and the text they came from point at each other.

function showTokens(model) {
  const spans = model.slices.map((slices) => slices.map((slice) =>
    el("span", {}, visible(slice.text))));
  const cards = model.pieces.map((_, i) => tokenCard(model, i));
  const readout = el("p", { class: "readout note", "aria-live": "polite" },
    "Point at a token, or reach it with tab and the arrow keys, to see the bytes it came from.");

  const slicesOf = (token) => {
    if (model.special[token]) return [];
    const text = model.segments[token];
    const [begin, end] = model.bytes[token];
    return range(model.slices[text].length)
      .filter((i) => model.slices[text][i].begin >= begin && model.slices[text][i].begin < end)
      .map((i) => [text, i]);
  };
  const mark = (tokens, places) => {
    document.querySelectorAll("#tokens .on").forEach((node) => node.classList.remove("on"));
    tokens.forEach((token) => cards[token].classList.add("on"));
    places.forEach(([text, i]) => spans[text][i].classList.add("on"));
  };
  cards.forEach((card, token) => {
    const point = () => {
      mark([token], slicesOf(token));
      readout.textContent = tokenWords(model, token, slicesOf(token));
    };
    card.addEventListener("pointerenter", point);
    card.addEventListener("focus", point);
    card.addEventListener("click", point);
    slicesOf(token).forEach(([text, i]) => spans[text][i].addEventListener("pointerenter", point));
  });
  rove(cards, 1);

  const rows = model.texts.flatMap((text, i) => {
    const which = model.texts.length > 1 ? ` ${"AB"[i]}` : "";
    return [el("dt", {}, `Text${which}`), el("dd", {}, el("div", { class: "text", dir: "auto" }, ...spans[i])),
      el("dt", {}, `Normalised${which}`),
      el("dd", {}, el("div", { class: "text", dir: "auto" }, visible(text.normalized)))];
  });
  const keys = [el("span", {}, el("i", {}), "segment 0"),
    model.texts.length > 1 ? el("span", {}, el("i", { class: "segment-1" }), "segment 1") : null,
    el("span", {}, el("i", { class: "added" }), "added by the model"),
    el("span", {}, "small figures: position and id")];
  body("tokens").replaceChildren(el("dl", { class: "flow" }, ...rows,
    el("dt", {}, `${plural(model.pieces.length, "piece")}`),
    el("dd", {}, el("div", { class: "cards", role: "group", "aria-label": "tokens" }, ...cards),
      el("div", { class: "keys" }, ...keys), readout)));
}

function tokenCard(model, i) {
  const kind = model.special[i] ? "added" : `segment-${model.segments[i]}`;
  return el("button", { type: "button", class: `card ${kind}`, "data-token": i,
    "aria-label": `position ${i}: ${visible(model.pieces[i])}, id ${model.ids[i]}, segment ${model.segments[i]}` },
    piece(model.pieces[i]), el("small", {}, el("span", {}, String(i)), el("span", {}, String(model.ids[i]))));
}

function tokenWords(model, token, places) {
  const facts = `position ${token}, id ${model.ids[token]}, segment ${model.segments[token]}`;
  if (model.special[token]) return `${visible(model.pieces[token])}: ${facts}, added by the model`;
  const [begin, end] = model.bytes[token];
  const slices = places.map(([text, i]) => model.slices[text][i]);
  const hex = slices.map((slice) => slice.bytes).join("").match(/../g) || [];
  const shown = hex.slice(0, 24).join(" ") + (hex.length > 24 ? " \u2026" : "");
  const raw = shortened(slices.map((slice) => slice.text).join(""), 24);
  const text = model.texts.length > 1 ? ` of text ${"AB"[model.segments[token]]}` : "";
  return `${visible(model.pieces[token])}: ${facts}, from \u201c${raw}\u201d, bytes ${begin} to ${end}${text}: ${shown}`;
}
