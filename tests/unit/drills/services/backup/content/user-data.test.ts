import { expect } from "chai";
import { compareContent } from "../../../../../../drills/services/backup/content/content";
import {
  readUserData,
  unchangedBetween,
  userContent,
  type Ask,
  type UserData,
} from "../../../../../../drills/services/backup/content/user-data";

interface Table {
  readonly name: string;
  readonly bytes: number;
  readonly changes: string;
  readonly rows: number;
}

/** A server with these databases; what it counts is what the tables of a query have. */
function server(databases: Readonly<Record<string, readonly Table[] | "locked">>): Ask {
  return (database, query) => {
    if (query.includes("pg_database")) return Promise.resolve(JSON.stringify(Object.keys(databases)));
    const of = databases[database] ?? [];
    const tables = of === "locked" ? [{ name: "public.held", bytes: 1, changes: "0", rows: 1 }] : of;
    if (query.includes("pg_namespace")) return Promise.resolve(JSON.stringify({ schema: "5c", unlogged: 1, tables }));
    if (of === "locked") return Promise.reject(new Error("lock timeout"));
    const names = [...query.matchAll(/from only (\S+?)\)/g)].map(([, name]) => name);
    return Promise.resolve(JSON.stringify(names.map((name) => tables.find((one) => one.name === name)?.rows)));
  };
}
const table = (name: string, rows: number, changes = "1", bytes = 8192): Table => ({ name, rows, changes, bytes });

/** Recorded before and after, and restored, as a rehearsal compares them. */
async function compared(before: Ask, after: Ask, restored: Ask): Promise<ReturnType<typeof compareContent>> {
  const first: UserData = await readUserData(before);
  const same = unchangedBetween(first, await readUserData(after, first));
  const recorded = userContent(await readUserData(after, first), same);
  return compareContent(recorded, userContent(await readUserData(restored, first), same));
}

describe("the user's databases of a restored server", () => {
  const shop = server({ shop: [table("public.a", 3), table("public.b", 5)] });

  it("are equal in what did not change meanwhile, and it says how much that is", async () => {
    const moved = server({ shop: [table("public.a", 3), table("public.b", 5, "9")] });
    const { outcome, compared: named } = await compared(
      shop,
      moved,
      server({ shop: [table("public.a", 3), table("public.b", 4)] }),
    );
    expect(outcome).to.equal("equal");
    expect(named.map(({ what, recorded }) => [what, recorded])).to.deep.equal([
      ["databases", "shop"],
      ["schema of database shop, md5", "5c"],
      ["tables of database shop", 2],
      ["unlogged tables of database shop, whose rows no backup has", 1],
      ["tables of database shop whose rows are compared", 1],
      ["rows of public.a in database shop", 3],
    ]);
  });

  it("differ by a row, a table or a database that was not restored", async () => {
    const reason = async (restored: Ask): Promise<string | null> => (await compared(shop, shop, restored)).reason;
    expect(await reason(server({ shop: [table("public.a", 2), table("public.b", 5)] }))).to.equal(
      "rows of public.a in database shop: 2 restored, 3 recorded",
    );
    expect(await reason(server({ shop: [table("public.a", 3)] }))).to.include(
      "rows of public.b in database shop: unknown restored, 5 recorded",
    );
    expect(await reason(server({}))).to.match(
      /^databases: {2}restored, shop recorded; schema of database shop, md5: unknown/,
    );
  });

  it("are compared without the rows of what somebody holds, and of what is too large", async () => {
    const held = server({ shop: "locked" });
    expect((await compared(held, held, held)).compared).to.deep.include({
      ...{ what: "tables of database shop whose rows are compared", recorded: 0, restored: 0 },
    });
    const large = server({ shop: [table("public.a", 3), table("public.large", 5, "1", 65 * 1024 * 1024)] });
    const { compared: named } = await compared(large, large, large);
    expect(named.map(({ what }) => what)).to.include("rows of public.a in database shop");
    expect(named.map(({ what }) => what)).not.to.include("rows of public.large in database shop");
  });
});
