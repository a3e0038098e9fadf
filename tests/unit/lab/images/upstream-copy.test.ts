import { expect } from "chai";
import { UPSTREAM_IMAGES } from "../../../../lab/images/upstream";
import { copyFromUpstream, PROBE_TIMEOUT_MS, reasonOf } from "../../../../lab/images/upstream-copy";
import type { RunOptions, RunResult } from "../../../../lab/host/run";
import type { ServiceName } from "../../../../settings/services";

interface Call {
  readonly line: string;
  readonly options: RunOptions | undefined;
}

/** Runs nothing: answers each command line as it is told to, and keeps them. */
async function copied(services: readonly ServiceName[], answer: (line: string) => Partial<RunResult>) {
  const calls: Call[] = [];
  const lines: string[] = [];
  await copyFromUpstream({
    upstream: UPSTREAM_IMAGES,
    services,
    registry: "10.91.0.1:5000",
    run: (command, args, options) => {
      const line = [command, ...args].join(" ");
      calls.push({ line, options });
      return Promise.resolve({ code: 0, stdout: "", stderr: "", ...answer(line) });
    },
    progress: (line) => lines.push(line),
  });
  return { calls, lines };
}

describe("copying upstream's images into the lab's registry", () => {
  it("asks for one image, for less than three seconds, before it copies any", async () => {
    const { calls, lines } = await copied(["loki", "grafana"], () => ({ code: null, stderr: "no end after 2500 ms" }));
    expect(calls.map((call) => call.line)).to.deep.equal(["skopeo inspect --raw docker://redis:7.2.16-bookworm"]);
    expect(calls[0]?.options?.timeoutMs).to.equal(PROBE_TIMEOUT_MS).and.to.be.below(3_000);
    expect(lines).to.deep.equal(["upstream images: no answer for redis:7.2.16-bookworm: no end after 2500 ms"]);
  });

  it("copies the services it is given and no other, with plain HTTP towards the lab's registry alone", async () => {
    const { calls, lines } = await copied(["loki", "grafana"], () => ({}));
    const copy = "skopeo copy --quiet --dest-tls-verify=false";
    expect(calls.slice(1).map((call) => call.line)).to.deep.equal([
      `${copy} docker://grafana/loki:3.7.8 docker://10.91.0.1:5000/loki:upstream-3.7.8`,
      `${copy} docker://grafana/grafana:12.3.6 docker://10.91.0.1:5000/grafana:upstream-12.3.6`,
    ]);
    expect(lines.map((line) => line.replace(/\d+\.\d s$/, "T"))).to.deep.equal([
      "image loki: copying grafana/loki:3.7.8 (usually 5 to 60 s)",
      "image loki: copied in T",
      "image grafana: copying grafana/grafana:12.3.6 (usually 5 to 60 s)",
      "image grafana: copied in T",
    ]);
  });

  it("tells why an image cannot be copied, and goes on with the next", async () => {
    const { lines } = await copied(["loki", "tempo"], (line) =>
      line.includes("loki") ? { code: 1, stderr: "pinging\nmanifest unknown\n" } : {},
    );
    expect(lines[1]).to.match(/^image loki: not copied after \d+\.\d s: manifest unknown$/);
    expect(lines.at(-1)).to.match(/^image tempo: copied in /);
  });

  describe("behind a proxy", () => {
    const before = process.env["NO_PROXY"];
    afterEach(() => {
      if (before === undefined) delete process.env["NO_PROXY"];
      else process.env["NO_PROXY"] = before;
    });

    it("reaches the lab's registry without it, and leaves the other exceptions", async () => {
      process.env["NO_PROXY"] = "localhost";
      const { calls } = await copied(["loki"], () => ({}));
      expect(calls[1]?.options?.env).to.deep.equal({ NO_PROXY: "localhost,10.91.0.1" });
    });
  });
});

describe("why skopeo failed", () => {
  const reason = (code: number | null, stderr: string): string => reasonOf({ code, stdout: "", stderr });

  it("is the message in its last line", () => {
    const line =
      'time="2026-11-23T13:29:45Z" level=fatal msg="Error: Get \\"https://registry.example/v2/\\": no such host"';
    expect(reason(1, `${line}\n`)).to.equal('Error: Get "https://registry.example/v2/": no such host');
  });

  it("is the last line, or the exit code, when there is no such message", () => {
    expect(reason(null, "spawn skopeo ENOENT")).to.equal("spawn skopeo ENOENT");
    expect(reason(3, "")).to.equal("skopeo ended with 3");
  });
});
