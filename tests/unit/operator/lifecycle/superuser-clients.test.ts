import { expect } from "chai";
import { accountFinding } from "../../../../operator/doctor/account-findings";
import { superuserChanges, type SuperuserAccess } from "../../../../operator/lifecycle/superuser-clients";

const CLIENT = { application: "orders", database: "shop", address: "10.0.0.9", sessions: 3 };
const OPEN: SuperuserAccess = { isLocal: false, clients: [CLIENT] };
const CLOSED: SuperuserAccess = { isLocal: true, clients: [CLIENT] };
const REFUSES = { access: { superuser_over_network: false } };
const ALLOWS = { access: { superuser_over_network: true } };
const HOST = { name: "host-a" };

describe("the superuser over the network", () => {
  it("stops an up that would shut its clients out, and both ways on are named", () => {
    const [change, ...others] = superuserChanges(HOST, REFUSES, OPEN, "env.yaml");
    expect(others).to.deep.equal([]);
    expect(change?.words).to.match(
      /host-a has sessions of its superuser over the network.*: 3 of orders from 10\.0\.0\.9 in shop$/,
    );
    expect(change?.way).to.equal(
      "give these clients a role of their own; or, as long as they have none, access.superuser_over_network: true in env.yaml",
    );
    const nameless = superuserChanges(
      HOST,
      REFUSES,
      { isLocal: false, clients: [{ ...CLIENT, application: "" }] },
      "e",
    );
    expect(nameless[0]?.words).to.include("3 of a client without a name from");
  });

  it("stops none where nobody is shut out: no client, asked for, done already, or nobody could be asked", () => {
    expect(superuserChanges(HOST, REFUSES, { isLocal: false, clients: [] }, "e")).to.deep.equal([]);
    expect(superuserChanges(HOST, ALLOWS, OPEN, "e")).to.deep.equal([]);
    expect(superuserChanges(HOST, REFUSES, CLOSED, "e")).to.deep.equal([]);
    expect(superuserChanges(HOST, REFUSES, undefined, "e")).to.deep.equal([]);
  });

  it("is told by doctor, by word of the environment file and before the roles are there", () => {
    expect(accountFinding("host-a", ALLOWS, CLOSED)).to.include({ state: "problem", host: "host-a" });
    expect(accountFinding("host-a", ALLOWS, CLOSED)?.detail).to.include("orders from 10.0.0.9");
    expect(accountFinding("host-a", REFUSES, OPEN)).to.include({ state: "problem", fix: "understudy up --execute" });
    expect(accountFinding("host-a", REFUSES, { isLocal: true, clients: [] })).to.include({ state: "good", fix: null });
    expect(accountFinding("host-a", REFUSES, undefined)).to.equal(undefined);
  });
});
