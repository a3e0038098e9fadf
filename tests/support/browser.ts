import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { escapeMarkup } from "../../evidence/report/markup";

/** The colour scheme that the browser says its reader prefers. */
export type Theme = "light" | "dark";

/** What one page looks like in a window of one width, as the browser laid it out. */
export interface PageLook {
  /** Text that can be seen: what is folded away or not displayed is not in it. */
  readonly text: string;
  readonly widthPx: number;
  /** Width the page would need; more than its window's means that it overflows. */
  readonly neededPx: number;
  /** Elements whose right edge lies outside the window, but for those in a part that scrolls by itself. */
  readonly outside: readonly string[];
  readonly pictures: readonly { readonly width: number; readonly height: number; readonly shown: boolean }[];
  /** Text of the pictures that lies on other text of the same picture, as `one / other`. */
  readonly overlaps: readonly string[];
  readonly background: string;
}

/** Lays pages out in a real, headless browser, each in a window of its own width. */
export async function lookAt(pages: readonly { html: string; widthPx: number }[], theme: Theme): Promise<PageLook[]> {
  const frames = pages.map(
    ({ html, widthPx }) =>
      `<iframe style="border:0;height:900px;width:${widthPx}px" srcdoc="${quoted(html)}"></iframe>`,
  );
  const dom = await browse(
    `<!doctype html><meta charset="utf-8"><body>${frames.join("")}<script>${MEASURE}</script>`,
    theme,
    ["--dump-dom"],
  );
  const [, base64] = /<pre id="looks">([^<]+)<\/pre>/.exec(dom) ?? [];
  if (base64 === undefined) throw new Error(`the browser did not measure the pages: ${dom.slice(0, 300)}`);
  return JSON.parse(Buffer.from(base64, "base64").toString("utf8")) as PageLook[];
}

/** A picture of a page as PNG, and its size as the file itself has it. */
export async function screenshot(html: string, theme: Theme, file: string): Promise<void> {
  await browse(html, theme, [`--screenshot=${file}`, "--window-size=1100,1500"]);
}

async function browse(html: string, theme: Theme, flags: readonly string[]): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), "understudy-browser-"));
  try {
    const page = path.join(folder, "page.html");
    writeFileSync(page, html);
    const { stdout } = await promisify(execFile)(
      "chromium",
      [
        ...[
          "--headless",
          "--no-sandbox",
          "--disable-gpu",
          "--disable-dev-shm-usage",
          "--hide-scrollbars",
          "--no-first-run",
        ],
        ...["--disable-background-networking", `--user-data-dir=${path.join(folder, "profile")}`],
        `--blink-settings=preferredColorScheme=${theme === "dark" ? 0 : 1}`,
        ...flags,
        pathToFileURL(page).href,
      ],
      { timeout: 60_000, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, HOME: folder } },
    );
    return stdout;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw thrown;
    throw new Error("chromium is not on PATH; next: apt-get install --no-install-recommends chromium", {
      cause: thrown,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** An attribute's text, line ends kept. */
function quoted(html: string): string {
  return html.split("\n").map(escapeMarkup).join("\n");
}

/** Runs in the outer page, which may look into its frames; the reports themselves have no script. */
const MEASURE = `
addEventListener("load", () => {
  const overlap = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
  const looks = [...document.querySelectorAll("iframe")].map((frame) => {
    const inner = frame.contentDocument;
    const root = inner.documentElement;
    const right = (element) => element.getBoundingClientRect().right;
    const own = [...inner.body.querySelectorAll("*")].filter((element) => !element.closest(".scroll") || element.matches(".scroll"));
    const pictures = [...inner.querySelectorAll("svg")];
    return {
      text: inner.body.innerText,
      widthPx: root.clientWidth,
      neededPx: root.scrollWidth,
      outside: own.filter((element) => right(element) > root.clientWidth + 0.5).map((element) => element.outerHTML.slice(0, 120)),
      pictures: pictures.map((picture) => {
        const { width, height } = picture.getBoundingClientRect();
        return { width, height, shown: picture.checkVisibility() };
      }),
      overlaps: pictures.filter((picture) => picture.checkVisibility()).flatMap((picture) => {
        const texts = [...picture.querySelectorAll("text")].map((element) => [element.textContent, element.getBoundingClientRect()]);
        return texts.flatMap(([words, place], at) => texts.slice(at + 1).filter(([, other]) => overlap(place, other)).map(([other]) => words + " / " + other));
      }),
      background: inner.defaultView.getComputedStyle(inner.body).backgroundColor,
    };
  });
  const result = document.createElement("pre");
  result.id = "looks";
  result.textContent = btoa(Array.from(new TextEncoder().encode(JSON.stringify(looks)), (byte) => String.fromCharCode(byte)).join(""));
  document.body.replaceChildren(result);
});`;
