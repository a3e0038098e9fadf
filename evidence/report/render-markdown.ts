import { escapeMarkdown, escapeMarkdownLine, markdownCode, printable } from "./escape-markdown";
import type { Block, Cell, PictureBlock, Report, TableBlock, Tone } from "./report-model";

const MARKS: Readonly<Record<Tone, string>> = { good: "", bad: "**✗** ", warn: "**!** ", unknown: "", plain: "" };

/** The report as Markdown; pictures are on the HTML page of the same name, here they are drawn in characters. */
export function renderMarkdown(
  { title, subtitle, headline, readiness, tiles, sections }: Report,
  htmlName: string,
): string {
  return lines([
    `# ${escapeMarkdown(title)}`,
    escapeMarkdownLine(subtitle),
    `**${escapeMarkdown(headline.badge)}.** ${escapeMarkdown(headline.sentence)}`,
    ...(headline.next === null ? [] : [`Next command: ${markdownCode(headline.next)}`]),
    `**${readiness.word}**: ${escapeMarkdown(readiness.sentence)} Now: ${markdownCode(readiness.now)}`,
    table(
      ["Figure", "Value", "In other words"],
      tiles.map(({ label, value, note }) => [label, value, note]),
    ),
    `The same with pictures: [${escapeMarkdown(htmlName)}](${encodeURIComponent(htmlName)})`,
    ...sections.flatMap((section) => [`## ${escapeMarkdown(section.title)}`, ...section.blocks.map(renderBlock)]),
  ]);
}

function lines(blocks: readonly string[]): string {
  return `${blocks.join("\n\n")}\n`;
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case "text":
      return inline(block.text, escapeMarkdownLine);
    case "facts":
      return block.facts.map(([name, value]) => `- ${escapeMarkdown(name)}: ${inline(value)}`).join("\n");
    case "list":
      return block.items.map((item) => `- ${inline(item, escapeMarkdownLine)}`).join("\n");
    case "table":
      return captioned(block);
    case "picture":
      return picture(block);
  }
}

function captioned({ caption, head, rows }: TableBlock): string {
  return `${escapeMarkdownLine(caption)}:\n\n${table(head, rows)}`;
}

function picture({ caption, plain }: PictureBlock): string {
  const drawn = plain.map((row) => printable(row).replaceAll("```", "'''")).join("\n");
  return plain.length === 0 ? escapeMarkdown(caption) : `${escapeMarkdown(caption)}\n\n\`\`\`text\n${drawn}\n\`\`\``;
}

/** A table of escaped cells. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    row(head.map(escapeMarkdown)),
    row(head.map(() => "---")),
    ...rows.map((cells) => row(cells.map((cell) => inline(cell)))),
  ].join("\n");
}

function inline(cell: Cell, escape = escapeMarkdown): string {
  if (typeof cell === "string") return escape(cell);
  const words = cell.code === true ? markdownCode(cell.text) : escape(cell.text);
  return `${MARKS[cell.tone ?? "plain"]}${words}`;
}
