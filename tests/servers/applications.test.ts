import { expect } from "chai";
import { Client } from "pg";
import { applyApplications, type Applied } from "../../drills/bootstrap/applications/apply";
import { DECLARED } from "../../drills/bootstrap/applications/facts";
import { planApplications, type ApplicationsPlan } from "../../drills/bootstrap/applications/plan";
import { makingName } from "../../drills/bootstrap/applications/plan-databases";
import { readServer, type OpenDatabase } from "../../drills/bootstrap/applications/read";
import { applicationsSchema, type Applications } from "../../settings/applications";
import { exampleSection } from "../support/documentation/example-applications";
import { openLocalSession } from "../support/local-session";
import { temporaryFolder } from "../support/temporary-folder";
import { HAS_POSTGRES, RealPostgres } from "../support/trusting-postgres";

const SHOP = {
  password: "shopPassword",
  connection_limit: 20,
  databases: { shop: { connection_limit: 10, extensions: ["pgcrypto"] } },
  grants: {
    warehouse: {
      schemas: { public: { tables: ["select", "insert"], sequences: ["usage"] }, later: { tables: ["select"] } },
    },
  },
  member_of: ["readers", "pg_monitor"],
};
const DECLARATION = {
  shop: SHOP,
  stock: { password: "stockPassword", databases: { warehouse: { encoding: "UTF8", locale: "C.UTF-8" } } },
  readers: {},
};
const PASSWORDS = new Map([
  ["shop", `it's "$1" \\ and :more`],
  ["stock", "stock's"],
]);

function declared(what: unknown): Applications {
  return applicationsSchema.parse(what);
}

describe("applications on a real PostgreSQL", function () {
  this.timeout(90_000);
  const clients: Client[] = [];
  let server: RealPostgres | undefined;
  after(async () => {
    await Promise.all(clients.map((one) => one.end().catch(() => undefined)));
    server?.stop();
  });
  const folder = temporaryFolder();
  const running = (): RealPostgres => server ?? expect.fail("no server");
  const open: OpenDatabase = (database) => openLocalSession(running(), database);

  before(async function () {
    if (!HAS_POSTGRES) this.skip();
    server = await RealPostgres.start(folder(), { password_encryption: "scram-sha-256" });
    server.sql("template1", "create database understudy", "create role understudy_guard login");
    server.run(
      "sh",
      "-c",
      `printf 'local all all trust\\nhost all all all scram-sha-256\\n' >${server.pgdata}/pg_hba.conf`,
    );
    server.sql("template1", "select pg_reload_conf()");
  });
  async function apply(what: unknown, passwords = PASSWORDS, changePasswords = false): Promise<Applied> {
    return applyApplications(open, { applications: declared(what), passwords, changePasswords });
  }
  async function plan(
    what: unknown,
    passwords: ReadonlyMap<string, string> | undefined = PASSWORDS,
  ): Promise<ApplicationsPlan> {
    const applications = declared(what);
    const facts = await readServer(open, applications);
    return planApplications({ applications, passwords, changePasswords: false }, facts);
  }
  async function as(user: string, database: string, password = PASSWORDS.get(user)): Promise<Client> {
    const client = new Client({
      host: "127.0.0.1",
      port: running().port,
      user,
      database,
      ...(password && { password }),
    });
    client.on("error", () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  }
  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "done",
      (error: unknown) => (error as { code?: string }).code ?? String(error),
    );
  const dump = (): string =>
    running()
      .run("pg_dumpall", "-h", running().folder, "-p", String(running().port), "-U", "postgres")
      .replaceAll(/^\\(un)?restrict .*$/gm, "");

  it("are told before they are made, without their passwords", async () => {
    const { steps, conflicts, waiting, leftOver, byHand } = await plan(DECLARATION);
    expect([conflicts, leftOver, byHand]).to.deep.equal([[], [], []]);
    expect(waiting).to.deep.equal(["applications.shop.grants.warehouse.schemas.later: the schema is not there yet"]);
    expect(steps.map(({ words }) => words)).to.deep.equal([
      "role shop: make it, with the password understudy:shopPassword",
      "role stock: make it, with the password understudy:stockPassword",
      "role readers: make it, as which nobody logs in",
      "role shop: member of readers",
      "role shop: member of pg_monitor",
      "database shop: make it, owned by shop",
      "database shop: extension pgcrypto",
      "database warehouse: make it, owned by stock",
      "role shop: connect on database warehouse",
      "role shop: usage in schema public of database warehouse",
      "role shop: select, insert on tables that stock makes later in schema public of database warehouse",
      "role shop: usage on sequences that stock makes later in schema public of database warehouse",
    ]);
    expect(steps.flatMap((one) => one.statements()).join("\n")).not.to.include(PASSWORDS.get("stock"));
    expect(dump()).not.to.include("warehouse");
  });

  it("are made, and log in over the network with their passwords", async () => {
    const { made, plan: left } = await apply(DECLARATION);
    expect(made).to.have.length(12);
    expect([left.steps, left.conflicts]).to.deep.equal([[], []]);
    const shop = await as("shop", "shop");
    await shop.query("create table orders (id int)");
    expect((await shop.query("select gen_random_uuid()")).rowCount).to.equal(1);
    const stock = await as("stock", "warehouse");
    await stock.query("create table goods (id serial, name text)");
    const reader = await as("shop", "warehouse");
    await reader.query("insert into goods (name) values ('x')");
    expect(await codeOf(reader.query("delete from goods"))).to.equal("42501");
    const database = await stock.query<{ e: string; c: string }>(
      "select pg_encoding_to_char(encoding) as e, datcollate as c from pg_database where datname = 'warehouse'",
    );
    expect(database.rows).to.deep.equal([{ e: "UTF8", c: "C.UTF-8" }]);
  });

  it("do not enter the databases of others, which the other host's guard does", async () => {
    expect(await codeOf(as("stock", "shop"))).to.equal("42501");
    expect(running().sql("shop", "select has_database_privilege('understudy_guard', 'shop', 'connect')")).to.equal("t");
    expect(await codeOf(as("readers", "shop", "x"))).to.equal("28P01");
  });

  it("are left as they are the second time", async () => {
    const before = dump();
    const { made, plan: left } = await apply(DECLARATION);
    expect([made, left.steps]).to.deep.equal([[], []]);
    expect(dump()).to.equal(before);
  });

  it("get what is missing again, and a right that had to wait", async () => {
    running().sql(
      "warehouse",
      "create schema later authorization stock",
      "create table later.prices (id int)",
      "revoke insert on goods from shop",
      "revoke usage on sequence goods_id_seq from shop",
      "alter role shop nologin connection limit 3",
      "comment on role shop is 'of the web team'",
      "revoke readers from shop",
      "alter database shop connection limit 7",
      "revoke connect on database warehouse from shop",
    );
    const { made, plan: left } = await apply(DECLARATION);
    expect(left.waiting).to.deep.equal([]);
    expect(made).to.deep.equal([
      "role shop: let it log in",
      "role shop: connection limit 20",
      "role shop: note that it is declared",
      "role shop: member of readers",
      "database shop: connection limit 10",
      "role shop: connect on database warehouse",
      "role shop: select, insert on its tables in schema public of database warehouse",
      "role shop: usage on its sequences in schema public of database warehouse",
      "role shop: usage in schema later of database warehouse",
      "role shop: select on its tables in schema later of database warehouse",
      "role shop: select on tables that stock makes later in schema later of database warehouse",
    ]);
    expect(running().sql("shop", "select shobj_description('shop'::regrole, 'pg_authid')")).to.equal(
      `of the web team (${DECLARED})`,
    );
    expect((await apply(DECLARATION)).made).to.deep.equal([]);
  });

  it("keep their passwords where another one is configured, unless that is what is asked for", async () => {
    const other = new Map([...PASSWORDS, ["shop", "another one"]]);
    const before = dump();
    const { made, plan: refused } = await apply({ ...DECLARATION, further: {} }, other);
    expect(made).to.deep.equal([]);
    expect(refused.conflicts).to.deep.equal([
      "applications.shop.password: understudy:shopPassword is not the password of role shop, which the config alone does not change; give it to the running pair: understudy rotate application shop --execute; or put the old one back in both stacks",
    ]);
    expect(dump()).to.equal(before);
    expect((await plan(DECLARATION, undefined)).conflicts).to.deep.equal([]);
    const { made: changed } = await apply(DECLARATION, other, true);
    expect(changed).to.deep.equal(["role shop: the new password understudy:shopPassword"]);
    expect(await codeOf(as("shop", "shop"))).to.equal("28P01");
    await as("shop", "shop", "another one");
    await apply(DECLARATION, PASSWORDS, true);
    await as("shop", "shop");
  });

  it("are never made where something else is in their place: all of it is named, and nothing is done", async () => {
    running().sql(
      "template1",
      "create role mighty login superuser",
      "create role other",
      "create role between in role mighty, pg_read_server_files",
      "create database theirs owner other",
      "create database shut owner other allow_connections false",
    );
    const before = dump();
    const { made, plan: refused } = await apply({
      ...DECLARATION,
      stock: { ...DECLARATION.stock, databases: { warehouse: { encoding: "LATIN1", locale: "de_DE.UTF-8" } } },
      mighty: {},
      other: {
        databases: { shut: {} },
        member_of: ["nobody", "mighty", "between"],
        grants: { nowhere: {} },
      },
      further: { databases: { theirs: { extensions: ["no_such_thing"] } } },
    });
    expect(made).to.deep.equal([]);
    expect(refused.conflicts.join("\n")).to.equal(
      [
        'applications.mighty: role mighty has superuser, which no application has; as the superuser: alter role "mighty" nosuperuser',
        "applications.other.member_of: there is no role nobody",
        "applications.other.member_of: role mighty has superuser",
        "applications.other.member_of: role between has superuser by mighty, its rights by pg_read_server_files",
        "applications.stock.databases.warehouse.encoding: it has UTF8, declared is LATIN1, which only a new database can have",
        "applications.stock.databases.warehouse.locale: it has C.UTF-8 and C.UTF-8, declared is de_DE.UTF-8, which only a new database can have",
        "applications.other.databases.shut: database shut lets nobody in",
        'applications.further.databases.theirs: database theirs belongs to other; as the superuser: alter database "theirs" owner to "further"',
        "applications.further.databases.theirs.extensions: the server's image has no extension no_such_thing",
        "applications.other.grants.nowhere: there is no database nowhere, and none is declared",
      ].join("\n"),
    );
    expect(dump()).to.equal(before);
  });

  it("that are no longer declared are named with what they own, and stay", async () => {
    const before = dump();
    const { readers, stock } = DECLARATION;
    const { made, plan: left } = await apply({ readers, stock: { ...stock, databases: {} } });
    expect(made).to.deep.equal([]);
    expect(left.leftOver).to.deep.equal([
      "no longer declared: role shop owns database shop, 1 object in shop; it is not dropped",
      "not declared: database warehouse, which stock owns; it is not dropped",
    ]);
    expect(left.byHand).to.deep.equal(["mighty"]);
    expect(dump()).to.equal(before);
  });

  it("that have more than is declared are named, and nothing is taken from them", async () => {
    const { leftOver } = await plan({ ...DECLARATION, shop: { ...SHOP, member_of: ["readers"], grants: {} } });
    expect(leftOver).to.deep.equal([
      "not declared: connect on database warehouse, which shop has; it is not revoked",
      "not declared: shop is a member of pg_monitor; it is not revoked",
    ]);
  });

  it("may have any name that gets past the schema, and change nothing else by it", async () => {
    const name = "a\"; drop database shop; -- ' \\ $1 :x ü";
    const evil = {
      [name]: { password: "p", databases: { [name]: { extensions: [] } }, member_of: [], grants: {} },
      plain: {
        databases: {},
        member_of: [name],
        grants: {
          [name]: {
            privileges: ["connect"],
            schemas: { public: { privileges: ["usage"], tables: ["select"], sequences: [] } },
          },
        },
      },
    } as unknown as Applications;
    const passwords = new Map([[name, "x"]]);
    const wanted = { applications: evil, passwords, changePasswords: false };
    const { made } = await applyApplications(open, wanted);
    expect(made).to.have.length(7);
    expect((await applyApplications(open, wanted)).made).to.deep.equal([]);
    const there = running().sql(
      "shop",
      "select count(*) from pg_database d join pg_roles r on r.rolname = d.datname and d.datdba = r.oid where d.datname like 'a\"%'",
    );
    expect(there).to.equal("1");
    await as(name, name, "x");
    // A name of somebody else's role may have a line's end, and is only read.
    running().sql("shop", 'create role "of two\nlines" login', `comment on role "of two\nlines" is '${DECLARED}'`);
    expect((await plan(DECLARATION)).leftOver.join("|")).to.include("role of two\nlines, which owns nothing");
  });

  it("get a database that a crash has left half made", async () => {
    running().sql("template1", `create database ${makingName("fresh")} allow_connections false`);
    const { made } = await apply({ fresh: { databases: { fresh: {} } } });
    expect(made).to.have.length(2);
    expect(
      running().sql("template1", "select count(*) from pg_database where datname like 'understudy_making%'"),
    ).to.equal("0");
  });

  it("are made by one at a time", async () => {
    const other = await open();
    await other.query("select pg_advisory_lock(hashtext('understudy applications'))");
    expect(await apply(DECLARATION).then(String, String)).to.include("somebody else makes the applications");
    await other.query("select pg_advisory_unlock_all()");
    await other.end();
  });

  it("of the example in the reference are made as they stand there, and work", async () => {
    for (const name of ["shop", "warehouse"]) running().sql("template1", `drop database ${name} with (force)`);
    for (const name of ["shop", "readers"]) running().sql("template1", `drop role ${name}`);
    const section = exampleSection();
    const passwords = new Map(Object.keys(declared(section)).map((name) => [name, `${name}'s own`]));
    const { plan: left } = await apply(section, passwords);
    expect([left.steps, left.conflicts, left.waiting]).to.deep.equal([[], [], []]);
    for (const name of ["shop", "warehouse"]) {
      await (await as(name, name, `${name}'s own`)).query("create table goods (id int)");
      const reports = await as("reports", name, "reports's own");
      expect((await reports.query("select from goods")).rowCount).to.equal(0);
      expect(await codeOf(reports.query("insert into goods values (1)"))).to.equal("42501");
    }
    expect(await codeOf(as("shop", "warehouse", "shop's own"))).to.equal("42501");
    expect((await apply(section, passwords)).made).to.deep.equal([]);
  });

  it("are read on a standby, where nothing is tried", async () => {
    const withOne = { ...(exampleSection() as object), further: {} };
    running().stop("fast");
    running().run("touch", `${running().pgdata}/standby.signal`);
    running().begin();
    expect((await plan(withOne, undefined)).steps.map(({ words }) => words)).to.deep.equal([
      "role further: make it, as which nobody logs in",
    ]);
    expect(await apply(withOne).then(String, String)).to.include("a standby takes no applications");
  });
});
