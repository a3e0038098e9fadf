import { Markup, markup } from "./markup";
import { PAGE_STYLE } from "./page-style";
import type { Block, Cell, Headline, PictureBlock, Report, Section, TableBlock, Tile, Tone } from "./report-model";

const SIGNS: Readonly<Record<Tone, string>> = { good: "✓", bad: "✗", warn: "!", unknown: "", plain: "" };

/** The report as one page: no script, nothing fetched, light and dark, for screen, phone and paper. */
export function renderHtml(report: Report): string {
  const { title, subtitle, headline, readiness, tiles, sections } = report;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${headline.badge}: ${title}</title>
<style>
${new Markup(PAGE_STYLE)}</style>
</head>
<body>
<header class="tone-${headline.tone}">
<p class="kicker">${subtitle}</p>
<h1>${title}</h1>
${banner(headline)}
<p class="next"><strong class="said tone-${readiness.tone}">${sign(readiness.tone)}${readiness.word}</strong>: ${readiness.sentence} Now: <code>${readiness.now}</code></p>
<dl class="tiles">
${tiles.map(tile)}</dl>
</header>
<main>
${sections.map(sectionMarkup)}</main>
</body>
</html>
`.text;
}

function banner({ badge, tone, sentence, next }: Headline): Markup {
  return markup`<p class="verdict"><strong class="badge">${sign(tone)}${badge}</strong> <span>${sentence}</span></p>
${next === null ? null : markup`<p class="next">Next command: <code>${next}</code></p>\n`}`;
}

function tile({ label, value, note, tone }: Tile): Markup {
  return markup`<div class="tile tone-${tone}"><dt>${label}</dt><dd class="figure">${keepUnit(value)}</dd><dd class="note">${sign(tone)}${keepUnit(note)}</dd></div>
`;
}

function sectionMarkup({ id, title, blocks }: Section): Markup {
  return markup`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${blocks.map(blockMarkup)}</section>
`;
}

function blockMarkup(block: Block): Markup {
  switch (block.kind) {
    case "text":
      return markup`<p>${cellMarkup(block.text)}</p>\n`;
    case "facts":
      return markup`<dl class="facts">
${block.facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${cellMarkup(value)}</dd></div>\n`)}</dl>
`;
    case "list":
      return markup`<ul>\n${block.items.map((item) => markup`<li>${cellMarkup(item)}</li>\n`)}</ul>\n`;
    case "table":
      return tableMarkup(block);
    case "picture":
      return pictureMarkup(block);
  }
}

function tableMarkup({ caption, head, rows, folded }: TableBlock): Markup {
  const whole = markup`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${head.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${rows.map(([first = "", ...rest]) => markup`<tr><th scope="row">${cellMarkup(first)}</th>${rest.map((cell) => markup`<td>${cellMarkup(cell)}</td>`)}</tr>\n`)}</tbody>
</table></div>
`;
  return folded === undefined ? whole : markup`<details><summary>${folded}</summary>\n${whole}</details>\n`;
}

function pictureMarkup({ caption, wide, narrow, legend }: PictureBlock): Markup {
  return markup`<figure>
<div class="wide">${wide}</div>
<div class="narrow">${narrow}</div>
<figcaption>${caption}
${legend.length === 0 ? null : markup`<ul class="legend">${legend.map(([name, meaning]) => markup`<li><span class="swatch swatch-${name}"></span>${meaning}</li>`)}</ul>`}</figcaption>
</figure>
`;
}

function cellMarkup(cell: Cell): Markup {
  if (typeof cell === "string") return markup`${keepUnit(cell)}`;
  const words = cell.code === true ? markup`<code>${cell.text}</code>` : markup`${keepUnit(cell.text)}`;
  return cell.tone === undefined
    ? words
    : markup`<span class="said tone-${cell.tone}">${sign(cell.tone)}${words}</span>`;
}

/** A number and its unit stay on one line. */
function keepUnit(words: string): string {
  return words.replaceAll(/(?<=\d) (?=(?:ms|s|B)\b)/g, "\u00a0");
}

/** A sign beside the colour, so that no meaning hangs on colour alone. */
function sign(tone: Tone): Markup {
  return SIGNS[tone] === "" ? markup`` : markup`<span class="sign" aria-hidden="true">${SIGNS[tone]}</span> `;
}
