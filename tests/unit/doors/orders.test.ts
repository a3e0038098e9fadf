import { expect } from "chai";
import { freeOrders, leadOrders, leadsTo, letInOrders, serverSessions } from "../../../doors/orders";

const STAT = (rows: Readonly<Record<string, string>>): string =>
  [
    "# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,",
    ...Object.entries(rows).map(([name, status]) => {
      const [backend, server] = name.split("/");
      return `${backend ?? ""},${server ?? ""},0,0,0,0,,0,0,0,,0,,0,0,0,0,${status},1,`;
    }),
    "",
  ].join("\n");

describe("a door's orders", () => {
  it("lead new clients to one side, and cut nothing of the other", () => {
    expect(leadOrders("redis", "peer")).to.deep.equal([
      "set server redis/own state drain",
      "disable health ask_redis_peer/agent",
      "set server ask_redis_peer/agent health up",
      "set server redis/peer state ready",
    ]);
    expect(leadOrders("postgres", "own").join(";")).to.not.match(/maint|shutdown/);
  });

  it("let nobody new in by a rate, and never by a limit of connections, at which HAProxy 2.6 comes to a halt", () => {
    expect([letInOrders(false), letInOrders(true)]).to.deep.equal([
      ["set rate-limit connections global 1"],
      ["set rate-limit connections global 0"],
    ]);
  });

  it("give every decision back to the agents, and believe no earlier order of the side that takes nobody", () => {
    expect(freeOrders("postgres", ["peer"])).to.deep.equal([
      "set server ask_postgres_own/agent health down",
      "enable health ask_postgres_own/agent",
      "set server postgres/own state ready",
      "enable health ask_postgres_peer/agent",
      "set server postgres/peer state ready",
    ]);
  });

  it("are compared with what HAProxy says: a server that drains or is down takes nobody", () => {
    const stat = STAT({
      "postgres/own": "UP (via ask_postgres_own/agent)",
      "postgres/peer": "DOWN (via ask_postgres_peer/agent)",
      "redis/own": "DRAIN (via ask_redis_own/agent)",
      "redis/peer": "no check",
    });
    expect(leadsTo(stat)).to.deep.equal({ postgres: ["own"], redis: ["peer"] });
    expect(() => leadsTo(STAT({ "postgres/own": "UP" }))).to.throw("HAProxy does not know postgres/peer");
    expect(() => leadsTo("")).to.throw("HAProxy does not know");
  });

  it("see PgBouncer paused when no pool has a server session, its own console aside", () => {
    const row = (database: string, columns: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
      ...{ database, sv_active: 0, sv_idle: 0, sv_used: 0, sv_tested: 0, sv_login: 0 },
      ...columns,
    });
    const own = row("pgbouncer", { sv_active: "1" });
    expect(serverSessions([own])).to.deep.equal({ all: 0, busy: 0 });
    const pools = [own, row("shop", { sv_active: "2", sv_idle: 1 }), row("mail", { sv_login: "1" })];
    expect(serverSessions(pools)).to.deep.equal({ all: 4, busy: 2 });
  });
});
