import { userInfo } from "node:os";
import { expect } from "chai";
import { backendOf, howToOpen, withoutPasswords } from "../../../../operator/failover/backend";
import { temporaryFolder } from "../../../support/temporary-folder";

describe("a state backend", () => {
  const folder = temporaryFolder();
  const { homedir } = userInfo();

  for (const [url, place] of [
    ["file:///srv/state", "/srv/state"],
    ["file:///srv/state/?no_tmp_dir=true", "/srv/state"],
    ["file:///srv/a%20state", "/srv/a state"],
    ["file:///srv/100%", "/srv/100%"],
    ["file://.", "/pair"],
    ["file://./state", "/pair/state"],
    ["file://../state", "/state"],
    ["file://state", "/pair/state"],
    ["file://~", homedir],
    ["file://~/state", `${homedir}/state`],
  ] as const) {
    it(`${url}, of a project in /pair, is the folder ${place}`, () => {
      expect(backendOf(url, "/pair")).to.deep.equal({ kind: "folder", name: place, folder: place });
    });
  }

  for (const [url, kind, name] of [
    ["s3://state/pair?endpoint=http://store.example&s3ForcePathStyle=true", "store", "s3://state/pair"],
    ["gs://state", "store", "gs://state"],
    ["azblob://state?storage_account=pair", "store", "azblob://state"],
    ["postgres://sam:hush@db.example/state", "store", "postgres://****@db.example/state"],
    ["https://api.pulumi.com", "cloud", "https://api.pulumi.com"],
    ["https://hush@pulumi.example", "cloud", "https://****@pulumi.example"],
    ["", "cloud", ""],
  ] as const) {
    it(`${JSON.stringify(url)} is a ${kind}, and what is said of it has neither password nor parameter`, () => {
      expect(backendOf(url, "/pair")).to.deep.equal({ kind, name });
    });
  }

  it("that does not open is never answered with a stack to be made, and each kind with what opens it", () => {
    const words = (url: string): string => howToOpen(backendOf(url, folder()));
    expect(words("file://./away")).to.include(`mount or restore ${folder()}/away`);
    expect(words("file://.")).to.equal(`pulumi stack ls, once ${folder()}/.pulumi can be read and written`);
    expect(words("s3://state?profile=ops")).to.match(/^pulumi whoami --verbose, once s3:\/\/state .*AWS_ACCESS_KEY_ID/);
    expect(words("gs://state")).to.include("GOOGLE_APPLICATION_CREDENTIALS");
    expect(words("azblob://state")).to.include("AZURE_STORAGE_ACCOUNT");
    expect(words("postgres://sam:hush@db.example/state")).to.include("the user and password of its URL");
    expect(words("https://pulumi.example")).to.match(/^pulumi login https:\/\/pulumi\.example, or PULUMI_ACCESS_TOKEN/);
    expect(howToOpen(undefined)).to.equal("pulumi login; then pulumi whoami --verbose");
  });

  it("leaves no password of a URL in a text, and everything else as it is", () => {
    const text = 'unable to open "postgres://sam:hush@db.example/state?x=1": ssh://root@10.91.0.11, at 10:00 a@b';
    expect(withoutPasswords(text)).to.equal(text.replace("sam:hush", "****"));
  });
});
