import { expect } from "chai";
import { renderConfigFile } from "../../../components/config-files";
import { hbaTrialWord } from "../../../drills/hosts/server-settings/hba-trial";
import { refusedHbaLines } from "../../../operator/settings/try-hba";
import { hbaProblems, readHbaLines, withHbaLines } from "../../../settings/hba-lines";
import { REPLICATION_USER } from "../../../settings/names";

const GOOD = `# the shop's
host     shop,"Shop Two"  shop,+readers  10.20.0.0/16  scram-sha-256   # its network

hostssl  all  batch  2001:db8::/32  cert  clientcert=verify-full
hostnossl all all all reject
`.replace('"Shop Two"', '"ShopTwo"');

describe("an operator's lines about who may connect", () => {
  it("are read with the numbers that they have, without comments", () => {
    const { lines, problems } = readHbaLines(GOOD);
    expect(problems).to.deep.equal([]);
    expect(lines.map(({ at, type, method }) => [at, type, method])).to.deep.equal([
      [2, "host", "scram-sha-256"],
      [4, "hostssl", "cert"],
      [5, "hostnossl", "reject"],
    ]);
    expect(lines[0]?.text).to.equal('host  shop,"ShopTwo"  shop,+readers  10.20.0.0/16  scram-sha-256');
    expect(
      hbaTrialWord(lines)
        .split("\n")
        .map((one) => one.split(" ", 1)[0]),
    ).to.deep.equal(["", "host", "", "hostssl", "hostnossl"]);
    expect(hbaTrialWord([])).to.equal("");
  });

  for (const [line, words] of [
    ["host all all all trust", /trust: one of scram-sha-256, cert, reject; any other opens more/],
    ["host all all all password", /password: one of/],
    ["host all all 0.0.0.0/0 ldap ldapserver=x ldapbindpasswd=hush", /^line 1: ldap: one of/],
    ["local all all peer", /the socket is the container's own/],
    ["include other.conf", /no other file/],
    ["host @dbs all all reject", /no other file/],
    ["hostgssenc all all all reject", /hostgssenc: a line of type host/],
    ["host replication all all scram-sha-256", /the pair's own role replicates/],
    ["host all understudy_guard all reject", /understudy_guard: our own lines/],
    ['host all shop,"postgres" all scram-sha-256', /"postgres": our own lines .*superuser_over_network/],
    ["host all all samenet scram-sha-256", /samenet: a network with its length/],
    ["host all all 10.0.0.1 255.0.0.0 reject", /10\.0\.0\.1: a network with its length/],
    ["host all all all cert", /only in a line of type hostssl/],
    ["host all all all scram-sha-256 clientcert=verify-full", /only in a line of type hostssl/],
    ["hostssl all all all cert map=x", /map=x: the options are/],
    ["host all all", /no address/],
    ["host all /^a all reject", /\/\^a: a role by its name/],
    ["host all all \\", /each line by itself/],
  ] as const) {
    it(`are refused by their number, with the reason: ${line}`, () => {
      const { lines, problems } = readHbaLines(line);
      expect(lines).to.deep.equal([]);
      expect(problems.join()).to.match(words).and.not.contain("hush");
    });
  }

  it("open no more than the mode of encryption does", () => {
    const { lines } = readHbaLines(GOOD);
    expect(hbaProblems(lines, "required")).to.deep.equal([
      "line 2: host: `encryption` is required, so only hostssl may let somebody in",
    ]);
    expect(hbaProblems(lines, "plain")).to.deep.equal(["line 4: hostssl: nobody encrypts where `encryption` is plain"]);
    expect(hbaProblems(lines, "accepted")).to.deep.equal([]);
  });

  for (const [name, required] of [
    ["pg_hba.conf", false],
    ["pg_hba.required.conf", true],
  ] as const) {
    it(`stand in ${name} behind what our own sessions need, and before the last line`, () => {
      const own = renderConfigFile(`timescaledb/${name}`, { replication_user: REPLICATION_USER });
      expect(withHbaLines(own, [], required)).to.equal(own);
      const rules = withHbaLines(own, readHbaLines("hostssl all shop all reject").lines, required)
        .split("\n")
        .filter((one) => /^(local|host)/.test(one));
      const added = rules.filter((one) => !own.includes(one));
      expect(added).to.have.length(2);
      expect(rules.slice(-3, -1)).to.deep.equal(added);
      expect(rules.at(-1)).to.match(/ all +all +all +scram-sha-256$/);
      expect(added[0]).to.contain("postgres");
    });
  }

  it("need a place in the product's file", () => {
    expect(() => withHbaLines("host all all all reject", readHbaLines("host all a all reject").lines)).to.throw(
      "no place",
    );
  });

  it("that a server refuses are told by their number, and by the host", () => {
    const alone = [{ name: "4", words: "invalid CIDR mask" }];
    expect(refusedHbaLines([{ host: "host-b", trial: { kind: "refused", words: "", alone } }])).to.deep.equal([
      "overlays.pg_hba: line 4: host-b refuses it: invalid CIDR mask",
    ]);
    expect(refusedHbaLines([{ host: "host-b", trial: { kind: "untried", words: "no room" } }])).to.deep.equal([]);
  });
});
