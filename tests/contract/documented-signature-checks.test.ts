import { expect } from "chai";
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { signingKeyFrom, verifyingKeyFrom } from "../../evidence/attestation/keys";
import { statementSchema, type Statement } from "../../evidence/attestation/statement";
import { SPECIFICATION } from "../../toolchain/pages/generated-files";
import { writeEvidence } from "../../evidence/write-evidence";
import { blocksUnder } from "../support/documentation/shell-blocks";
import { runShell, type ShellRun } from "../support/run-shell";
import { signedTexts, testKey, type KEY_KINDS } from "../support/signed-evidence";
import { temporaryFolder } from "../support/temporary-folder";
import { plannedEvidence } from "../support/valid-evidence";

const KINDS: readonly { readonly kind: (typeof KEY_KINDS)[number]; readonly at: 0 | 1 }[] = [
  { kind: "Ed25519", at: 0 },
  { kind: "ECDSA P-256", at: 1 },
];
const [extract = "", ...checks] = blocksUnder(SPECIFICATION, "With openssl alone");
const [cosign = ""] = blocksUnder(SPECIFICATION, "With cosign");
/** Bytes that are flipped in each file, from its first to its last. */
const FLIPS = 9;
const hasCosign = runShell("/", "command -v cosign").code === 0;

describe("the specification's commands, run as they are written", function () {
  this.timeout(60_000);
  this.slow(5000);
  const folder = temporaryFolder();

  for (const { kind, at } of KINDS) {
    describe(`with a key of type ${kind}`, () => {
      const place = (): string => path.join(folder(), kind.replace(" ", "-"));
      const results = (name: string): string => path.join(place(), "docs/results", name);

      before(async () => {
        mkdirSync(place());
        const made = runShell(place(), blocksUnder(SPECIFICATION, "Keys")[at] ?? "");
        expect(made.code, made.err).to.equal(0);
        const pem = readFileSync(path.join(place(), "signing-key.pem"), "utf8");
        await writeEvidence(results("failover_result.env"), plannedEvidence(), signingKeyFrom(pem, "production"));
      });

      /** Runs `script` in a copy of the folder in which `spoil` has been at work. */
      function run(script: string, spoil: (copy: string) => void = () => undefined): ShellRun {
        const copy = path.join(folder(), "copy");
        rmSync(copy, { recursive: true, force: true });
        cpSync(place(), copy, { recursive: true });
        spoil(copy);
        return runShell(copy, script);
      }
      const openssl = (spoil?: (copy: string) => void): ShellRun =>
        run([extract, checks[at], checks[2]].join("\n"), spoil);
      const inFile = (name: string, from: string | RegExp, to: string) => (copy: string) => {
        const file = path.join(copy, "docs/results", name);
        const text = readFileSync(file, "utf8");
        expect(text).to.match(new RegExp(from));
        writeFileSync(file, text.replace(from, to));
      };
      const otherKey = (copy: string): void =>
        writeFileSync(path.join(copy, "signing-key.pub.pem"), testKey(kind).publicPem);

      it("make a key that Understudy takes, and that only its owner may read", () => {
        const publicPem = readFileSync(path.join(place(), "signing-key.pub.pem"), "utf8");
        const pem = readFileSync(path.join(place(), "signing-key.pem"), "utf8");
        expect(verifyingKeyFrom(publicPem).fingerprint).to.equal(signingKeyFrom(pem, "lab").fingerprint);
        expect(statSync(path.join(place(), "signing-key.pem")).mode & 0o077).to.equal(0);
      });

      it("verify the signature and both files with openssl alone", () => {
        const { code, out, err } = openssl();
        expect(code, err).to.equal(0);
        expect(out).to.match(/Signature Verified Successfully|Verified OK/);
        expect(out).to.match(/failover_result\.env is as it was signed\nfailover_result\.json is as it was signed\n$/);
      });

      it("refuse with openssl another key, payload or signature", () => {
        for (const spoil of [
          otherKey,
          inFile("failover_result.sigstore.json", '"payload": "ewog', '"payload": "ewoh'),
          inFile("failover_result.sigstore.json", /"sig": "(....)(....)/, '"sig": "$2$1'),
        ]) {
          const { code, out } = openssl(spoil);
          expect(code).not.to.equal(0);
          expect(out).not.to.include("is as it was signed");
        }
      });

      it("refuse with openssl an edited file, by name", () => {
        const { code, out } = openssl(inFile("failover_result.json", '"success": true', '"success": false'));
        expect(code).not.to.equal(0);
        expect(out).to.match(/failover_result\.json is NOT as it was signed\n$/);
      });

      it("refuse with openssl a byte flipped anywhere in either file", () => {
        for (const name of ["failover_result.env", "failover_result.json"]) {
          const { size } = statSync(results(name));
          for (let part = 0; part < FLIPS; part += 1) {
            const offset = Math.floor((part * (size - 1)) / (FLIPS - 1));
            const { code, out } = openssl((copy) => {
              const file = path.join(copy, "docs/results", name);
              const bytes = readFileSync(file);
              bytes[offset] = (bytes[offset] ?? 0) ^ 1;
              writeFileSync(file, bytes);
            });
            expect(code, `byte ${offset} of ${name}`).not.to.equal(0);
            expect(out).to.include(`${name} is NOT as it was signed`);
          }
        }
      });

      if (hasCosign) {
        it("verify both files with cosign", () => {
          const { code, err } = run(cosign);
          expect(code, err).to.equal(0);
          expect(err.match(/^Verified OK$/gm)).to.have.length(2);
        });

        it("refuse with cosign another key, an edited file, payload or signature", () => {
          for (const spoil of [
            otherKey,
            inFile("failover_result.env", "gate-7", "gate-8"),
            inFile("failover_result.json", '"success": true', '"success": false'),
            inFile("failover_result.sigstore.json", '"payload": "ewog', '"payload": "ewoh'),
            inFile("failover_result.sigstore.json", /"sig": "(....)(....)/, '"sig": "$2$1'),
          ]) {
            expect(run(cosign, spoil).code).not.to.equal(0);
          }
        });
      } else {
        // A pending test fails the run, and nobody needs cosign to work on this project.
        after(() => process.stdout.write("        skipped: cosign's commands, because cosign is not on PATH\n"));
      }
    });
  }

  it("show as their example what is signed about such a drill, but for digests", () => {
    const [example = ""] = blocksUnder(SPECIFICATION, "Example", "json");
    const { dsseEnvelope } = JSON.parse(signedTexts(testKey().signing).bundle) as { dsseEnvelope: { payload: string } };
    const signed = JSON.parse(Buffer.from(dsseEnvelope.payload, "base64").toString()) as Statement;
    expect(withoutDigests(statementSchema.parse(JSON.parse(example)))).to.deep.equal(withoutDigests(signed));
  });
});

function withoutDigests(statement: Statement): unknown {
  return JSON.parse(JSON.stringify(statement).replaceAll(/[0-9a-f]{64}/g, "digest"));
}
