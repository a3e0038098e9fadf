/** Style of the HTML report: two palettes, one column, pictures that follow the page's width, and a version for paper. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #1b2330; --soft: #566072; --rule: #dde1e8; --strip: #eceff4;
  --old: #2f6bd0; --new: #0b8f6f; --gap: #f2a60d; --gap-text: #8a5a00;
  --good: #0b7d4f; --bad: #c2282d; --warn: #a05a00; --unknown: #5d6675; --plain: #1b2330;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11151c; --card: #1a202a; --text: #e7ebf2; --soft: #a0aaba; --rule: #313a48; --strip: #262e3b;
    --old: #76a9ff; --new: #45cfa5; --gap: #f5b83d; --gap-text: #ffd27a;
    --good: #4fd394; --bad: #ff7f7a; --warn: #ffb95c; --unknown: #a5afbf; --plain: #e7ebf2;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 62rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere;
}
.tone-good { --tone: var(--good); } .tone-bad { --tone: var(--bad); } .tone-warn { --tone: var(--warn); }
.tone-unknown { --tone: var(--unknown); } .tone-plain { --tone: var(--plain); }
header, section { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: 1.25rem; margin: 0 0 1rem; }
header { border-top: 6px solid var(--tone); }
.kicker { margin: 0; color: var(--soft); font-size: .875rem; }
h1 { margin: .1rem 0 .75rem; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 0 0 .75rem; font-size: 1.125rem; }
.verdict { margin: 0 0 1.25rem; font-size: 1.125rem; }
.next { margin: -.5rem 0 1.25rem; }
.badge { display: inline-block; margin-right: .4rem; padding: .05rem .7rem; border-radius: 999px; background: var(--tone); color: var(--card); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin: 0; }
.tile { padding: .75rem .9rem; border: 1px solid var(--rule); border-left: 4px solid var(--tone); border-radius: 8px; }
.tile dt { color: var(--soft); font-size: .8125rem; }
.tile dd { margin: 0; }
.figure { font-size: 1.5rem; font-weight: 650; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
.note { color: var(--soft); font-size: .8125rem; }
.tile .sign { color: var(--tone); font-weight: 700; }
.said { color: var(--tone); }
code { font: .875em/1.4 ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
p, ul, dl { margin: 0 0 .75rem; }
ul { padding-left: 1.25rem; }
.facts { border-left: 4px solid var(--rule); padding-left: .9rem; }
.facts div { display: flex; flex-wrap: wrap; column-gap: .75rem; }
.facts dt { flex: 0 0 11rem; color: var(--soft); }
.facts dd { flex: 1 1 14rem; margin: 0; }
.scroll { overflow-x: auto; margin: 0 0 1rem; }
table { overflow-wrap: break-word; border-collapse: collapse; width: 100%; font-size: .9375rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .8125rem; padding-bottom: .25rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--rule); }
thead th { color: var(--soft); font-size: .8125rem; font-weight: 600; }
tbody th { font-weight: 500; }
td code { overflow-wrap: anywhere; }
details { margin: 0 0 .75rem; }
summary { cursor: pointer; color: var(--soft); }
details[open] summary { margin-bottom: .5rem; }
figure { margin: 0 0 1.5rem; }
figcaption { color: var(--soft); font-size: .875rem; margin-top: .5rem; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; margin: .5rem 0 0; padding: 0; }
.swatch { display: inline-block; width: 1.1rem; height: .8rem; margin-right: .4rem; border-radius: 2px; vertical-align: -1px; }
svg { display: block; width: 100%; height: auto; font-family: inherit; }
.narrow { display: none; }
text { fill: var(--text); font-size: 12px; }
.t-name { font-size: 13px; }
.t-store { font-size: 14px; font-weight: 650; }
.t-small, .t-axis { fill: var(--soft); font-size: 11px; }
.t-length { fill: var(--soft); font-size: 12px; }
.t-inside { fill: var(--card); font-size: 12px; }
text { paint-order: stroke; stroke: var(--card); stroke-width: 3px; stroke-linejoin: round; }
.t-flag, .t-inside { stroke: none; }
.t-gap { fill: var(--gap-text); font-size: 12.5px; font-weight: 600; }
.t-flag { font-size: 11px; font-weight: 600; }
.grid { stroke: var(--rule); stroke-dasharray: 2 4; }
.axis { stroke: var(--soft); }
.strip { fill: var(--strip); }
.hatch { stroke: var(--soft); stroke-opacity: .5; stroke-width: 2; }
.gap { fill: var(--gap); fill-opacity: .28; }
.gap-edge { stroke: var(--gap); stroke-width: 1.5; }
.write-old, .write-new, .write-refused, .write-indeterminate, .write-lost { fill: none; stroke-width: 1.2; }
.write-old { stroke: var(--old); } .write-new { stroke: var(--new); }
.client-answered { fill: none; stroke: var(--soft); stroke-width: 1; }
.write-refused { stroke: var(--bad); }
.write-indeterminate { stroke: var(--warn); stroke-width: 2.5; }
.write-lost { stroke: var(--bad); stroke-width: 2.5; }
.bar-passed { fill: var(--good); } .bar-failed { fill: var(--bad); } .bar-bypassed { fill: var(--warn); }
.bar-simulated, .bar-skipped { fill: var(--unknown); }
.flag { fill: var(--card); stroke: var(--soft); stroke-width: 1.2; }
.flag-line { stroke: var(--soft); stroke-opacity: .55; }
.swatch-write-old { background: var(--old); } .swatch-write-new { background: var(--new); }
.swatch-gap { background: var(--gap); opacity: .6; } .swatch-closed { background: repeating-linear-gradient(135deg, var(--strip) 0 3px, var(--soft) 3px 5px); }
.swatch-client-answered { background: var(--soft); width: 3px; height: .4rem; }
.swatch-write-refused { background: var(--bad); width: 3px; height: .4rem; }
.swatch-write-lost { background: var(--bad); width: 5px; height: 1rem; }
.swatch-write-indeterminate { background: var(--warn); width: 5px; height: 1rem; }
@media (max-width: 44rem) {
  body { padding: 0 0 2rem; }
  header, section { border-radius: 0; border-left: 0; border-right: 0; padding: 1rem 1.1rem; margin-bottom: .5rem; }
  .wide { display: none; } .narrow { display: block; }
  h1 { font-size: 1.25rem; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .facts dt { flex-basis: 100%; }
  table { font-size: .875rem; }
}
@media print {
  :root {
    --page: #fff; --card: #fff; --text: #000; --soft: #444; --rule: #bbb; --strip: #eee; --old: #2f6bd0; --new: #0b8f6f;
    --gap: #f2a60d; --gap-text: #6b4600; --good: #0b6d45; --bad: #b02025; --warn: #8a4d00; --unknown: #555; --plain: #000;
  }
  body { max-width: none; padding: 0; font-size: 10pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  header, section { border-radius: 0; border-width: 1px 0 0; padding: .75rem 0; }
  figure, tr, .tile { break-inside: avoid; }
  h2 { break-after: avoid; }
  .scroll { overflow: visible; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;
