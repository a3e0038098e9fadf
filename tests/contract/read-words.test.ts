import { expect } from "chai";
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { READ_WORDS } from "../support/read-words";

const CHECKOUT = path.resolve(__dirname, "../..");
const SOURCES = ["configs/**/*.sh", "{operator,drills,lab,cli,settings,components,evidence}/**/*.{ts,sh}"];

/** What reads words: standard error that becomes a part of an answer, grep, and a look for text in a message. */
const READERS: readonly RegExp[] = [
  /2>&1/,
  /\bgrep -/,
  /\bgrep '/,
  /(messageOf\([^)]*\)|[cC]omplaint|String\((error|thrown)\)|words\??|why|stderr|detail|message)\.(includes|startsWith|match)\(/,
  /\bpg_(controldata|waldump|rewind)\b(?!:)|record\.includes\(/,
  /messageOf\([^)]*\) [!=]==|(notice|error|diagnostic\?)\.severity [!=]== /,
  /\.test\((messageOf|why|complaint|detail|stderr|words|status)/,
];
const QUIET = /2>&1/;

/** Lines that read words, as `file: line`. */
function readers(file: string): readonly string[] {
  return readFileSync(path.join(CHECKOUT, file), "utf8")
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => !/^\s*(#|\*|\/\*|\/\/)/.test(line))
    .map((line) => line.replace(/ (#|\/\/) .*$/, ""))
    .map((line) => line.replaceAll(/>\/dev\/null 2>&1/g, ""))
    .filter((line) => READERS.some((one) => one.test(line)))
    .map((line) => `${file}: ${line.trim()}`);
}

/** Nothing is decided by words that could be decided by a code: whoever reads some says here why. */
describe("places that read the words of a server, a tool or the engine", () => {
  const found = globSync(SOURCES, { cwd: CHECKOUT }).flatMap(readers);

  it("are all listed", () => {
    const unlisted = found.filter(
      (line) => !READ_WORDS.some(({ file, piece }) => line.startsWith(`${file}: `) && line.includes(piece)),
    );
    expect(unlisted).to.deep.equal([]);
  });

  it("are there, and heard where something is decided by them", () => {
    for (const { file, piece, why, heard } of READ_WORDS) {
      expect(
        found.some((line) => line.startsWith(`${file}: `) && line.includes(piece)),
        `${file}: ${piece}`,
      ).to.equal(true);
      expect(why).to.match(/\S/);
      if (heard !== null) expect(existsSync(path.join(CHECKOUT, heard)), heard).to.equal(true);
    }
  });

  it("ask PostgreSQL's tools in the C locale, whatever the locale of who asks", () => {
    const exported = /^export .*LC_ALL=C$/m.test(readFileSync(path.join(CHECKOUT, "configs/backup/common.sh"), "utf8"));
    const asks = found.filter((line) => /\bpg_(controldata|waldump|rewind) ["-]/.test(line));
    expect(asks).to.have.length.greaterThan(6);
    const elsewhere = asks.filter(
      (line) => !line.includes("LC_ALL=C") && !(exported && line.startsWith("configs/backup/")),
    );
    expect(elsewhere).to.deep.equal([]);
  });

  it("never mix standard error into what a server answered", () => {
    const guards = found.filter((line) => line.startsWith("configs/guard/") && QUIET.test(line));
    for (const line of guards) expect(line).to.match(/pg_controldata|source-server|"\$log"/);
    expect(
      found.filter((line) => /(psql|redis-cli|pg_isready).*2>&1/.test(line) && !line.includes("--rdb")),
    ).to.deep.equal([]);
  });
});
