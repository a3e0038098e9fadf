import { execFileSync } from "node:child_process";
import path from "node:path";
import { expect } from "chai";
import { PYTHONS } from "../../../../drills/clients/load-process";
import { makeAuthority } from "../../../../settings/certificates/issue";

const CLIENTS = path.resolve(__dirname, "../../../../drills/clients");

/** How many CAs OpenSSL's usual places have, before and after a load of redis-py has prepared its connections. */
const COUNT = `
import json, ssl, sys
sys.path.insert(0, ${JSON.stringify(CLIENTS)})
import sessions_redis_py
usual = lambda: len(ssl.create_default_context().get_ca_certs())
before = usual()
sessions_redis_py.Driver(json.load(sys.stdin))
print(before, usual())
`;

describe("loads of Python's drivers", function () {
  this.timeout(20_000);

  it("have redis-py read the pair's CAs alone for each connection, not the machine's", async function () {
    const python = PYTHONS.find((one) => {
      try {
        execFileSync(one, ["-c", "import redis"], { stdio: "ignore" });
        return true;
      } catch {
        return false;
      }
    });
    if (python === undefined) return this.skip();
    const { chain, key } = await makeAuthority("sample", Date.now());
    const ca = chain.join("");
    const order = {
      ...{ run: "x", route: "door", addresses: [{ host: "127.0.0.1", port: 1 }], user: "default", password: "" },
      ...{ statementTimeoutMs: 100, connectTimeoutMs: 100, resend: true, tls: { ca, cert: ca, key } },
    };
    const said = execFileSync(python, ["-B", "-c", COUNT], { input: JSON.stringify(order), encoding: "utf8" });
    const [before = Number.NaN, after] = said.trim().split(" ").map(Number);
    expect(after).to.equal(1);
    expect(before, "none of the machine's were read").to.not.be.NaN;
  });
});
