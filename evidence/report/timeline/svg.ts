import { markup, type Markup } from "../markup";

/** A picture's size and how its parts are named. */
export interface Canvas {
  readonly width: number;
  /** Makes ids unique in the page. */
  readonly id: string;
  /** Names stand left of their rows, or above them where that leaves too little room. */
  readonly namesBeside: boolean;
}

/** A whole picture, with what a screen reader says in its place. */
export function svg(
  { width, id }: Canvas,
  height: number,
  title: string,
  description: string,
  parts: readonly Markup[],
): Markup {
  return markup`<svg viewBox="0 0 ${width} ${Math.ceil(height)}" role="img" aria-labelledby="${id}-title ${id}-desc" xmlns="http://www.w3.org/2000/svg">
<title id="${id}-title">${title}</title>
<desc id="${id}-desc">${description}</desc>
${parts}
</svg>
`;
}

/** Words at a point; `anchor` says which part of them is there. */
export function text(
  x: number,
  y: number,
  words: string,
  className: string,
  anchor: "start" | "middle" | "end" = "start",
): Markup {
  return markup`<text x="${x}" y="${y}" class="${className}" text-anchor="${anchor}">${words}</text>\n`;
}

/** A box; nothing when it has no width. */
export function box(x: number, y: number, width: number, height: number, className: string, radius = 0): Markup {
  if (width <= 0) return markup``;
  return markup`<rect x="${x}" y="${y}" width="${tenth(width)}" height="${height}" rx="${radius}" class="${className}"/>\n`;
}

/** A straight line. */
export function line(x1: number, y1: number, x2: number, y2: number, className: string): Markup {
  return markup`<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" class="${className}"/>\n`;
}

/** Upright strokes of one length in a single path: thousands of writes stay a small picture. */
export function strokes(positions: Iterable<number>, y: number, height: number, className: string): Markup {
  const path = [...new Set(positions)].map((x) => `M${x} ${y}v${height}`).join("");
  return path === "" ? markup`` : markup`<path d="${path}" class="${className}"/>\n`;
}

/** The pattern of what is closed to writes; `hatched` uses it. */
export function hatching({ id }: Canvas): Markup {
  return markup`<defs><pattern id="${id}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="6" class="hatch"/></pattern></defs>\n`;
}

/** A box filled with the pattern of `hatching`. */
export function hatched(canvas: Canvas, x: number, y: number, width: number, height: number): Markup {
  if (width <= 0) return markup``;
  return markup`<rect x="${x}" y="${y}" width="${tenth(width)}" height="${height}" fill="url(#${canvas.id}-hatch)"/>\n`;
}

/** About how wide words are, for layout; no font is that narrow that it matters. */
export function widthOf(words: string, fontSize = 12): number {
  return words.length * fontSize * 0.58;
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
