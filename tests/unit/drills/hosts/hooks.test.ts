import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import {
  declaredHooks,
  hookAnnounced,
  hookChecks,
  hookNext,
  hookProblem,
  promotedHookChecks,
  runHook,
  type HookHost,
} from "../../../../drills/hosts/hooks";
import type { DrillHooks, HookRun } from "../../../../evidence/hooks";
import { hooksSchema } from "../../../../settings/hooks-section";
import { temporaryFolder } from "../../../support/temporary-folder";

describe("a host's hooks", () => {
  const folder = temporaryFolder();
  const marks: string[] = [];
  let clock = 0;
  const marker = {
    mark: (name: string, host: string | null): number => {
      marks.push(`${name} ${host ?? ""}`);
      return (clock += 10);
    },
  };
  beforeEach(() => void marks.splice(0));

  /** A host whose demoted hook is `script`, with one word of its own. */
  function host(script: string, timeoutSeconds = 5): HookHost {
    const program = path.join(folder(), `hook-${String((clock += 1))}`);
    writeFileSync(program, `#!/bin/sh\necho "$*" >>${folder()}/told\n${script}\n`);
    chmodSync(program, 0o755);
    const hooks = hooksSchema.parse({ demoted: { command: [program, "10.0.0.9"], timeout_seconds: timeoutSeconds } });
    return { name: "host-a", hooks };
  }

  async function ran(of: HookHost): Promise<Pick<HookRun, "end" | "exitCode">> {
    const facts: { hooks?: DrillHooks | undefined } = { hooks: declaredHooks([of]) };
    const run = await runHook(of, "demoted", facts, marker);
    expect(facts.hooks?.ran).to.deep.equal([run]);
    return run === undefined ? expect.fail("not run") : { end: run.end, exitCode: run.exitCode };
  }

  it("get their own words and what has happened, and are marked", async () => {
    expect(await ran(host(""))).to.deep.equal({ end: "exit", exitCode: 0 });
    expect(readFileSync(path.join(folder(), "told"), "utf8")).to.equal("10.0.0.9 demoted\n");
    expect(marks).to.deep.equal(["hook demoted begins host-a", "hook demoted ended host-a"]);
  });

  it("fail with their exit code, when a signal ends them, when they hang, and when they are not there", async () => {
    expect(await ran(host("exit 7"))).to.deep.equal({ end: "exit", exitCode: 7 });
    expect(await ran(host("kill -TERM $$"))).to.deep.equal({ end: "signal", exitCode: null });
    expect(await ran(host("exec sleep 30", 1))).to.deep.equal({ end: "timeout", exitCode: null });
    const gone = { name: "host-a", hooks: hooksSchema.parse({ demoted: { command: ["/nowhere/hook"] } }) };
    expect(await ran(gone)).to.deep.equal({ end: "not-started", exitCode: null });
  });

  it("are told no secret of ours", async () => {
    process.env["PULUMI_CONFIG_PASSPHRASE"] = "never";
    const file = path.join(folder(), "seen-env");
    await ran(host(`env >${file}`)).finally(() => delete process.env["PULUMI_CONFIG_PASSPHRASE"]);
    expect(readFileSync(file, "utf8")).to.include("UNDERSTUDY_HOST=host-a").and.not.include("never");
  });

  it("are nothing where none is declared", async () => {
    const without = { name: "host-b" };
    expect(declaredHooks([without])).to.equal(undefined);
    expect(await runHook(without, "promoted", {}, marker)).to.equal(undefined);
    expect([
      hookProblem(undefined),
      ...hookChecks([without]),
      ...hookAnnounced(without, "promoted", "then"),
    ]).to.deep.equal([undefined]);
    expect(promotedHookChecks({}, "host-b")).to.deep.equal([]);
  });

  it("are checked before a drill: a program that is there, and may be run", () => {
    const file = path.join(folder(), "no-program");
    writeFileSync(file, "");
    chmodSync(file, 0o644);
    const of = (program: string): unknown =>
      hookChecks([{ name: "host-a", hooks: hooksSchema.parse({ promoted: { command: [program] } }) }]).map(
        ({ measured, ok }) => [measured, ok],
      );
    expect(of("sh")).to.deep.equal([["can be run", true]]);
    expect(of(file)).to.deep.equal([["is not executable", false]]);
    expect(of("no-such-program-anywhere")).to.deep.equal([["is not there", false]]);
    expect(of("/nowhere/hook")).to.deep.equal([["is not there", false]]);
  });

  it("are announced by a dry run, which runs none of them", () => {
    const told = path.join(folder(), "told-dry");
    const one = host(`: >${told}`);
    const [check] = hookAnnounced(one, "demoted", "before the promotion");
    expect(check).to.deep.include({ name: "hook demoted would run before the promotion", host: "host-a", ok: true });
    expect(existsSync(told)).to.equal(false);
  });

  it("of the promoted host are asked for in the end, with what to do by hand", () => {
    const hooks = hooksSchema.parse({ promoted: { command: ["move-address", "10.0.0.9"] } });
    const to = { name: "host-b", hooks };
    const facts = { hooks: declaredHooks([to]) };
    const ended = (exitCode: number): HookRun => ({
      ...{ host: "host-b", hook: "promoted", beganAtMs: 1, endedAtMs: 2, end: "exit", exitCode },
    });
    const asked = (): unknown => promotedHookChecks(facts, "host-b").map(({ measured, ok }) => [measured, ok]);
    expect(asked()).to.deep.equal([["it was not run", false]]);
    facts.hooks?.ran.push(ended(3));
    expect(asked()).to.deep.equal([["exit code 3", false]]);
    expect(hookProblem(ended(3))).to.equal("the hook promoted of host-b failed: exit code 3");
    facts.hooks?.ran.push(ended(0));
    expect(asked()).to.deep.equal([["exit code 0", true]]);
    expect(hookNext(to)).to.match(/^move-address 10\.0\.0\.9 promoted, by hand/);
  });
});
