import { expect } from "chai";
import { openLasting } from "../../../../drills/bootstrap/bootstrap";
import type { LocalSession } from "../../../../drills/hosts/local-postgres";

describe("the server of a host whose stores are given their first role", () => {
  const server = (listens: string, ended: string[]) => ({
    open: () =>
      Promise.resolve({
        query: () => Promise.resolve({ rows: [{ listens }] }),
        end: () => {
          ended.push(listens);
          return Promise.resolve();
        },
      } as unknown as LocalSession),
  });

  it("is waited for while the image's own one, which listens nowhere, makes the data folder", async () => {
    const ended: string[] = [];
    const refused = await openLasting(server("", ended)).then(
      () => "taken",
      (error: unknown) => (error as Error).message,
    );
    expect(refused).to.equal("its data folder is still being made");
    expect(ended, "its session is ended").to.deep.equal([""]);
  });

  it("is taken once it listens", async () => {
    const ended: string[] = [];
    expect(await openLasting(server("*", ended))).to.have.property("query");
    expect(ended).to.deep.equal([]);
  });
});
