import { expect } from "chai";
import { good } from "../support/lab-pair";
import { codeOf, labApplications, passwordOf, SECRETS, STACKS } from "../support/lab-applications";
import { pulumi } from "../support/lab-stacks";

describe("the applications that the page on configuration declares, on a running pair", function () {
  this.timeout(600_000);
  const applications = labApplications();
  /** What the `up` that made them has printed. */
  let printed = "";

  it("are told by a dry run, which makes none of them", async () => {
    const { made, failure } = (await applications.up()).applications;
    expect(failure).to.equal(null);
    expect(made).to.include("role shop: make it, with the password understudy:shopPassword");
    expect(made).to.include("database warehouse: make it, owned by warehouse");
    expect(await codeOf(applications.as("shop", "shop", () => Promise.resolve()))).to.equal("28P01");
  });

  it("are made by up, and work", async () => {
    const upped = await applications.up("--execute");
    ({ printed } = upped);
    expect(upped.applications.made).to.include("database shop: make it, owned by shop");
    await applications.everyOne(1);
  });

  it("have their users in Redis, each with its keys alone", async () => {
    const client = await applications.openRedisAs(await applications.primary(), "shop", passwordOf("shopPassword"));
    try {
      expect(await client.sendCommand(["ROLE"])).to.include("master");
      await client.set("shop:1", "x");
      expect(await client.del("shop:1")).to.equal(1);
      expect(String(await client.get("other").catch(String))).to.include("NOPERM");
    } finally {
      client.destroy();
    }
  });

  it("leave no password in a stack's state or in what is printed", async () => {
    expect(printed).to.not.equal("");
    for (const stack of STACKS) {
      const state = good(await pulumi("-s", stack, "stack", "export")).stdout;
      for (const secret of SECRETS)
        expect(state.includes(JSON.stringify(passwordOf(secret)).slice(1, -1))).to.equal(false);
    }
    for (const secret of SECRETS) expect(printed.includes(passwordOf(secret).slice(0, 24))).to.equal(false);
  });

  it("are refused with a secret that was only changed in the config, by its field", async () => {
    await applications.setSecret("shopPassword", "another one");
    const { code, stdout, stderr } = await applications.verb("up", "--execute");
    await applications.setSecret("shopPassword", passwordOf("shopPassword"));
    expect(code).to.equal(3);
    expect(stdout + stderr).to.include("applications.shop.password: understudy:shopPassword is not the password");
    await applications.as("shop", "shop", (client) => client.query("select 1"));
  });
});
