// Attention as the page carries it: bytes q with weight (q / 255)^2, layer L and head A being averages
// (src/inspect/packed_attention.h).

const WEIGHT = Float32Array.from({ length: 256 }, (_, q) => (q / 255) ** 2);

class AttentionMaps {
  constructor(model) {
    const text = atob(model.attention.data);
    this.bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; ++i) this.bytes[i] = text.charCodeAt(i);
    this.kept = model.attention.kept;
    this.heads = model.heads;
    this.size = model.pieces.length;
  }

  // Bytes of a map, row by row.
  map(layer, head) {
    const n = this.size;
    const index = layer * (this.heads + 1) + head;
    if (this.kept === 0) return this.bytes.subarray(index * n * n, (index + 1) * n * n);
    const out = new Uint8Array(n * n);
    for (let row = 0; row < n; ++row) {
      const at = (index * n + row) * 3 * this.kept;
      for (let i = 0; i < this.kept; ++i) {
        const column = this.bytes[at + 2 * i] + 256 * this.bytes[at + 2 * i + 1];
        out[row * n + column] = this.bytes[at + 2 * this.kept + i];
      }
    }
    return out;
  }
}

// A map as a picture of at most `most` pixels a side; a pixel shows the largest weight that falls on it.
function drawThumb(canvas, map, size, most = 64) {
  const side = Math.min(size, most);
  const largest = new Uint8Array(side * side);
  for (let row = 0; row < size; ++row) {
    const y = Math.floor((row * side) / size) * side;
    for (let column = 0; column < size; ++column) {
      const at = y + Math.floor((column * side) / size);
      if (map[row * size + column] > largest[at]) largest[at] = map[row * size + column];
    }
  }
  canvas.width = canvas.height = side;
  putColors(canvas.getContext("2d"), largest, side, palette("level"));
}

const palette = (kind) => range(256).map((q) => color(kind, q / 255));

function putColors(context, levels, side, colors) {
  const image = context.createImageData(side, side);
  levels.forEach((q, i) => {
    const rgb = colors[q];
    image.data.set([rgb[0], rgb[1], rgb[2], 255], 4 * i);
  });
  context.putImageData(image, 0, 0);
}

const weightLegend = () => legend("level", "weight", [["0", 0], ["0.05", Math.sqrt(0.05)], ["0.25", 0.5],
  ["0.5", Math.sqrt(0.5)], ["1", 1]]);
