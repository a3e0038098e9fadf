import { expect } from "chai";
import { judgeDeclaration, type DeclarationVerdict } from "../../../evidence/declaration";
import type { DrillConfig } from "../../../settings/drill-config";
import type { Role } from "../../../settings/pair";
import { topologyOf, topologyOfRoles } from "../drills/topologies";

const SELF = { name: "host-b", stack: "standby" };
const PEER = { name: "host-a", stack: "primary" };
const DRILL: DrillConfig = { id: "d-1", mode: "execute", kind: "planned", nonce: "" };
const DRY: DrillConfig = { ...DRILL, mode: "dry-run" };

interface Row {
  readonly what: string;
  readonly declared: Role;
  readonly here: Role | "silent";
  readonly there: Role | "silent";
  readonly drill?: DrillConfig;
  readonly completed?: readonly string[];
  readonly verdict: DeclarationVerdict["verdict"];
  readonly says?: RegExp;
}

const NO_DRILL = /no drill is asked for.*Next: pulumi -s standby config set --path understudy:drill\.id NEW-ID/;
const TWO = /but host-a is primary: there would be two.*Next: pulumi -s standby config set understudy:role standby$/;
const MOVES =
  /but it is primary; a role moves when the other host is promoted.*pulumi -s primary config set understudy:role primary && .*drill\.id NEW-ID/;
const STILL_EXECUTES = /still says to execute drill d-1.*Next: pulumi -s standby config rm understudy:drill$/;

const ROWS: readonly Row[] = [
  { what: "a first up", declared: "primary", here: "silent", there: "silent", verdict: "new" },
  { what: "a new standby", declared: "standby", here: "silent", there: "primary", verdict: "new" },
  { what: "a primary beside a standby", declared: "primary", here: "silent", there: "standby", verdict: "new" },
  { what: "a standby before its primary", declared: "standby", here: "silent", there: "silent", verdict: "new" },
  { what: "a primary as declared", declared: "primary", here: "primary", there: "standby", verdict: "agrees" },
  { what: "a primary alone for now", declared: "primary", here: "primary", there: "silent", verdict: "agrees" },
  { what: "a standby as declared", declared: "standby", here: "standby", there: "primary", verdict: "agrees" },
  {
    what: "a standby whose primary is silent",
    declared: "standby",
    here: "standby",
    there: "silent",
    verdict: "agrees",
  },
  {
    what: "a drill that is done",
    declared: "primary",
    here: "primary",
    there: "standby",
    drill: DRILL,
    completed: ["d-1"],
    verdict: "agrees",
  },
  {
    what: "a dry run on the standby's stack",
    declared: "standby",
    here: "standby",
    there: "primary",
    drill: DRY,
    verdict: "agrees",
  },
  { what: "a drill", declared: "primary", here: "standby", there: "primary", drill: DRILL, verdict: "drill" },
  { what: "a dry run", declared: "primary", here: "standby", there: "primary", drill: DRY, verdict: "drill" },
  {
    what: "a drill beside another one's record",
    declared: "primary",
    here: "standby",
    there: "primary",
    drill: DRILL,
    completed: ["d-0"],
    verdict: "drill",
  },
  {
    what: "a drill whose primary is silent",
    declared: "primary",
    here: "standby",
    there: "silent",
    drill: DRILL,
    verdict: "drill",
  },
  {
    what: "a role without a drill",
    declared: "primary",
    here: "standby",
    there: "primary",
    verdict: "refused",
    says: NO_DRILL,
  },
  {
    what: "a drill id that was used",
    declared: "primary",
    here: "standby",
    there: "primary",
    drill: DRILL,
    completed: ["d-1"],
    verdict: "refused",
    says: /but it is standby, and drill d-1 is over/,
  },
  {
    what: "a demotion by declaration",
    declared: "standby",
    here: "primary",
    there: "standby",
    verdict: "refused",
    says: MOVES,
  },
  {
    what: "a demotion with the peer silent",
    declared: "standby",
    here: "primary",
    there: "silent",
    verdict: "refused",
    says: MOVES,
  },
  {
    what: "two primaries",
    declared: "primary",
    here: "primary",
    there: "primary",
    verdict: "refused",
    says: /and both hosts are primary.*Next: understudy status$/,
  },
  {
    what: "two standbys",
    declared: "standby",
    here: "standby",
    there: "standby",
    verdict: "refused",
    says: /and both hosts are standby.*Next: understudy status$/,
  },
  {
    what: "a second primary to be",
    declared: "primary",
    here: "silent",
    there: "primary",
    verdict: "refused",
    says: TWO,
  },
  {
    what: "an old order to execute",
    declared: "standby",
    here: "standby",
    there: "primary",
    drill: DRILL,
    verdict: "refused",
    says: STILL_EXECUTES,
  },
  {
    what: "an old order on a new host",
    declared: "standby",
    here: "silent",
    there: "primary",
    drill: DRILL,
    verdict: "refused",
    says: STILL_EXECUTES,
  },
];

describe("a declaration held against what the stores say", () => {
  for (const { what, declared, here, there, drill, completed = [], verdict, says } of ROWS) {
    it(`${verdict}: ${what} (declared ${declared}, is ${here}, peer ${there})`, () => {
      const topology = topologyOfRoles({ "host-a": there, "host-b": here });
      const judged = judgeDeclaration(SELF, PEER, declared, drill, topology, new Set(completed));
      expect(judged.verdict).to.equal(verdict);
      if (judged.verdict === "refused") expect(judged.message).to.match(says!);
    });
  }

  it("gives a drill its direction: from the peer to this host", () => {
    const topology = topologyOfRoles({ "host-a": "primary", "host-b": "standby" });
    expect(judgeDeclaration(SELF, PEER, "primary", DRILL, topology, new Set())).to.deep.equal({
      verdict: "drill",
      fromHost: "host-a",
      toHost: "host-b",
    });
  });

  it("names both hosts and all four observations when it refuses", () => {
    const topology = topologyOf({ "host-a": ["primary", "no route"], "host-b": ["primary", "primary"] });
    const judged = judgeDeclaration(SELF, PEER, "standby", undefined, topology, new Set());
    expect(judged).to.have.property("verdict", "refused");
    expect(judged)
      .to.have.property("message")
      .that.matches(/^stack standby declares host-b standby, /)
      .and.includes("host-a primary (timescaledb), unknown: no route (redis)")
      .and.includes("host-b primary (timescaledb), primary (redis)");
  });

  for (const [what, hosts, declared] of [
    ["this host's, as standby", { "host-a": ["primary", "primary"], "host-b": ["standby", "primary"] }, "standby"],
    ["this host's, as primary", { "host-a": ["silent", "standby"], "host-b": ["standby", "primary"] }, "primary"],
    ["the peer's", { "host-a": ["primary", "standby"], "host-b": ["standby", "standby"] }, "standby"],
    ["both hosts'", { "host-a": ["primary", "standby"], "host-b": ["standby", "primary"] }, "primary"],
  ] as const satisfies readonly (readonly [string, Parameters<typeof topologyOf>[0], Role])[]) {
    it(`refused: stores of one host differ in their roles, and no drill is asked for (${what})`, () => {
      const judged = judgeDeclaration(SELF, PEER, declared, undefined, topologyOf(hosts), new Set());
      expect(judged).to.have.property("verdict", "refused");
      expect(judged)
        .to.have.property("message")
        .that.includes(`host-b ${hosts["host-b"][0]} (timescaledb), ${hosts["host-b"][1]} (redis)`)
        .and.matches(
          /differ in their roles.*host-a .*Next: understudy status, then .*failover --execute --drill-id ID$/,
        );
    });
  }

  it("lets the drill that was interrupted between its two stores be run once more", () => {
    const topology = topologyOf({ "host-a": ["silent", "standby"], "host-b": ["standby", "primary"] });
    expect(judgeDeclaration(SELF, PEER, "primary", DRILL, topology, new Set()).verdict).to.equal("drill");
    expect(judgeDeclaration(SELF, PEER, "primary", DRILL, topology, new Set(["d-1"])).verdict).to.equal("refused");
  });

  it("takes a host whose stores differ for neither: it starts no drill by itself", () => {
    const topology = topologyOf({ "host-a": ["primary", "primary"], "host-b": ["standby", "primary"] });
    const judged = judgeDeclaration(SELF, PEER, "primary", DRILL, topology, new Set());
    expect(judged.verdict).to.equal("refused");
  });

  it("lets a host that stands alone be primary, new or not, and never standby", () => {
    const judge = (declared: Role, here: Role | "silent"): DeclarationVerdict =>
      judgeDeclaration(PEER, undefined, declared, undefined, topologyOfRoles({ "host-a": here }), new Set());
    expect(judge("primary", "silent").verdict).to.equal("new");
    expect(judge("primary", "primary").verdict).to.equal("agrees");
    expect(judge("standby", "silent"))
      .to.have.property("message")
      .that.matches(
        /but it is the environment's only host.*Next: pulumi -s primary config set understudy:role primary$/,
      );
  });
});
