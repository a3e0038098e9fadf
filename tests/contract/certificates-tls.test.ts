import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect, createServer, type SecureContextOptions, type Server } from "node:tls";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { expect } from "chai";
import { issueLeaf, makeAuthority, signingAlgorithm } from "../../settings/certificates/issue";
import type { Authority, StoredLeaf } from "../../settings/certificates/stored";
import type { WantedLeaf } from "../../settings/certificates/wanted";
import { authorityOfFiles } from "../../operator/certificates/authority";
import { DAY_MS, serverLeaf } from "../support/issued";
import { temporaryFolder } from "../support/temporary-folder";

const SERVER = serverLeaf("host-a", "localhost", "127.0.0.1", "sample.understudy");
const CLIENT: WantedLeaf = { name: "understudy_guard", use: "client", commonName: "understudy_guard", names: [] };

describe("certificates, as other programs take them", function () {
  this.timeout(30_000);
  this.slow(5000);
  const folder = temporaryFolder();
  const servers: Server[] = [];
  let authority: Authority;
  let foreign: Authority;

  before(async () => {
    [authority, foreign] = [await makeAuthority("sample", Date.now()), await makeAuthority("sample", Date.now())];
  });
  afterEach(() => servers.splice(0).forEach((one) => one.close()));

  const shown = ({ certificate: cert, key }: StoredLeaf): SecureContextOptions => ({ cert, key });

  /** Connects to a server that shows `leaf` by the name `servername`, over TLS of Node. @returns who the server took the client for, or the code of why it did not come about */
  async function meet(
    leaf: StoredLeaf,
    {
      servername = "host-a",
      ca = authority,
      client,
    }: { servername?: string; ca?: Authority; client?: StoredLeaf } = {},
  ): Promise<string> {
    const server = createServer(
      { ...shown(leaf), ca: authority.chain, requestCert: true, rejectUnauthorized: client !== undefined },
      (socket) => {
        const { CN: name = "" } = (socket.getPeerCertificate().subject as { CN?: string } | undefined) ?? {};
        socket.end(`hello ${name}`);
      },
    );
    server.on("tlsClientError", () => undefined);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return new Promise((resolve) => {
      const name = /^[\d.]+$/.test(servername) ? { host: servername } : { host: "127.0.0.1", servername };
      const socket = connect({ port, ca: ca.chain, ...name, ...(client && shown(client)) });
      let said = "";
      socket.setEncoding("utf8").on("data", (text: string) => (said += text));
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      socket.on("close", () => resolve(said));
    });
  }

  const issued = (wanted: WantedLeaf, from = authority, shiftMs = 0): Promise<StoredLeaf> =>
    issueLeaf(wanted, from, Date.now() + shiftMs);

  describe("by Node", () => {
    it("are taken by each of their names and addresses", async () => {
      const leaf = await issued(SERVER);
      for (const servername of SERVER.names) expect(await meet(leaf, { servername }), servername).to.equal("hello ");
    });

    it("tell the server who connects", async () => {
      expect(await meet(await issued(SERVER), { client: await issued(CLIENT) })).to.equal("hello understudy_guard");
    });

    it("are refused by a name that is not theirs, of another CA, ended, and not begun", async () => {
      const leaf = await issued(SERVER);
      expect(await meet(leaf, { servername: "host-b" })).to.equal("ERR_TLS_CERT_ALTNAME_INVALID");
      expect(await meet(await issued(serverLeaf("host-a")), { servername: "127.0.0.1" })).to.equal(
        "ERR_TLS_CERT_ALTNAME_INVALID",
      );
      // Node's server shows the CA that it believes too.
      expect(await meet(leaf, { ca: foreign })).to.equal("SELF_SIGNED_CERT_IN_CHAIN");
      const ancient = await makeAuthority("sample", Date.now() - 1000 * DAY_MS);
      expect(await meet(await issued(SERVER, ancient, -400 * DAY_MS), { ca: ancient })).to.equal("CERT_HAS_EXPIRED");
      expect(await meet(await issued(SERVER, authority, DAY_MS))).to.equal("CERT_NOT_YET_VALID");
    });

    it("of a server are no client's, and of a client no server's", async () => {
      const said = await meet(await issued(SERVER), { client: await issued(SERVER) });
      expect(said).to.match(/^(|ERR_SSL_.*|ECONNRESET)$/);
      const pretender = await issued({ ...SERVER, use: "client" });
      expect(await meet(pretender)).to.equal("INVALID_PURPOSE");
    });

    it("of one host are not the other's, although both have the shared name", async () => {
      const other = await issued(serverLeaf("host-b", "sample.understudy"));
      expect(await meet(other, { servername: "sample.understudy" })).to.equal("hello ");
      expect(await meet(other, { servername: "host-a" })).to.equal("ERR_TLS_CERT_ALTNAME_INVALID");
    });
  });

  describe("by openssl", () => {
    const openssl = (...words: readonly string[]): { status: number | null; said: string } => {
      const { status, stdout, stderr } = spawnSync("openssl", words, { encoding: "utf8", cwd: folder() });
      return { status, said: `${stdout}${stderr}` };
    };
    const put = (name: string, text: string): string => {
      writeFileSync(path.join(folder(), name), text, { mode: 0o600 });
      return name;
    };

    before(async function () {
      expect(spawnSync("openssl", ["version"]).status, "the signature checks need openssl too").to.equal(0);
      put("ca.pem", authority.chain.join(""));
      put("foreign.pem", foreign.chain.join(""));
      put("server.pem", (await issued(SERVER)).certificate);
      put("client.pem", (await issued(CLIENT)).certificate);
    });

    it("are well formed, and for one purpose each", () => {
      const strict = ["verify", "-x509_strict", "-CAfile", "ca.pem"];
      expect(openssl(...strict, "ca.pem", "server.pem", "client.pem").status).to.equal(0);
      expect(openssl(...strict, "-purpose", "sslserver", "-verify_ip", "127.0.0.1", "server.pem").status).to.equal(0);
      expect(openssl(...strict, "-purpose", "sslclient", "client.pem").status).to.equal(0);
      expect(openssl(...strict, "-purpose", "sslclient", "server.pem").said).to.include(
        "unsuitable certificate purpose",
      );
      expect(openssl(...strict, "-verify_hostname", "host-b", "server.pem").said).to.include("hostname mismatch");
      expect(openssl("verify", "-CAfile", "foreign.pem", "server.pem").status).not.to.equal(0);
    });

    it("cannot sign others: the CA's path ends with them", async () => {
      const leaf = await issued(SERVER);
      const forged = await issueLeaf(CLIENT, { chain: [leaf.certificate], key: leaf.key }, Date.now());
      put("forged.pem", forged.certificate);
      put("between.pem", leaf.certificate);
      const said = openssl("verify", "-CAfile", "ca.pem", "-untrusted", "between.pem", "forged.pem").said;
      expect(said).to.match(/invalid CA certificate/);
    });

    describe("and the team's own CA", () => {
      /** A CA of the team's, made by openssl: a root, and one below it that signs. */
      function team(kind: readonly string[], below: boolean): { ca_file: string; ca_key_file: string } {
        const made = (...words: readonly string[]): void => {
          const { status, said } = openssl(...words);
          expect(status, said).to.equal(0);
        };
        const name = `${kind.join("-").replaceAll(/[^\w-]/g, "")}${below ? "-below" : ""}`;
        const ext = [
          "-addext",
          "basicConstraints=critical,CA:TRUE",
          "-addext",
          "keyUsage=critical,keyCertSign,cRLSign",
        ];
        made(
          "req",
          "-x509",
          "-newkey",
          ...kind,
          "-nodes",
          "-keyout",
          `${name}.key`,
          "-out",
          `${name}.pem`,
          "-days",
          "900",
          "-subj",
          "/O=Team/CN=Team root",
          ...ext,
        );
        const at = (file: string): string => path.join(folder(), file);
        if (!below) return { ca_file: at(`${name}.pem`), ca_key_file: at(`${name}.key`) };
        put(`${name}.ext`, "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n");
        made(
          "req",
          "-newkey",
          ...kind,
          "-nodes",
          "-keyout",
          `${name}.key2`,
          "-out",
          `${name}.csr`,
          "-subj",
          "/CN=Team issuer",
        );
        made(
          "x509",
          "-req",
          "-in",
          `${name}.csr`,
          "-CA",
          `${name}.pem`,
          "-CAkey",
          `${name}.key`,
          "-CAcreateserial",
          "-days",
          "800",
          "-extfile",
          `${name}.ext`,
          "-out",
          `${name}.pem2`,
        );
        const [issuer, root] = [`${name}.pem2`, `${name}.pem`].map(
          (file) => spawnSync("cat", [at(file)], { encoding: "utf8" }).stdout,
        );
        put(`${name}.chain`, `${issuer ?? ""}${root ?? ""}`);
        return { ca_file: at(`${name}.chain`), ca_key_file: at(`${name}.key2`) };
      }

      for (const kind of [["rsa:2048"], ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"]]) {
        for (const below of [false, true]) {
          it(`signs with ${kind.at(-1) ?? ""}${below ? ", below another" : ""}: Node takes what it issues`, async () => {
            const own = authorityOfFiles(team(kind, below), Date.now());
            expect(own.chain).to.have.length(below ? 2 : 1);
            expect(signingAlgorithm(own.key)).not.to.equal(undefined);
            const leaf = await issued(SERVER, own);
            expect(await meet(leaf, { ca: { ...own, chain: own.chain.slice(-1) } })).to.equal("hello ");
            expect(await meet(leaf)).to.match(
              /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?)$/,
            );
          });
        }
      }

      it("is refused by the field that is wrong", () => {
        const good = team(["rsa:2048"], true);
        const refusal = (files: Partial<typeof good>, nowMs = Date.now()): string => {
          try {
            authorityOfFiles({ ...good, ...files }, nowMs);
          } catch (error) {
            return (error as Error).message;
          }
          return "";
        };
        const at = (name: string, text: string): string => path.join(folder(), put(name, text));
        const read = (file: string): string => spawnSync("cat", [file], { encoding: "utf8" }).stdout;
        const [issuer = "", root = ""] = read(good.ca_file).split(/(?<=-----END CERTIFICATE-----\n)/);
        expect(refusal({})).to.equal("");
        expect(refusal({ ca_file: "/none.pem" })).to.match(/^certificates\.ca_file: ENOENT/);
        expect(refusal({ ca_file: at("empty.pem", "") })).to.match(/ca_file: .* has no certificate in PEM form$/);
        expect(refusal({ ca_file: at("issuer.pem", issuer) })).to.match(/ends with a CA that another one has signed/);
        expect(refusal({ ca_file: at("twice.pem", `${root}${authority.chain.join("")}`) })).to.match(/is no chain/);
        expect(refusal({ ca_file: at("leaf.pem", read(path.join(folder(), "server.pem"))) })).to.match(
          /that is no CA's$/,
        );
        expect(refusal({}, Date.now() + 801 * DAY_MS)).to.match(/^certificates\.ca_file: a CA in .* ended at /);
        expect(refusal({ ca_key_file: at("no.key", "x") })).to.match(/ca_key_file: .* holds no private key/);
        expect(refusal({ ca_key_file: at("other.key", authority.key) })).to.match(/is the key of another certificate$/);
        const ed = openssl("genpkey", "-algorithm", "ed25519", "-out", "ed.key");
        expect(ed.status).to.equal(0);
        expect(
          openssl("req", "-x509", "-key", "ed.key", "-out", "ed.pem", "-subj", "/CN=ed", "-days", "30").status,
        ).to.equal(0);
        const edwards = { ca_file: path.join(folder(), "ed.pem"), ca_key_file: path.join(folder(), "ed.key") };
        expect(refusal(edwards)).to.match(/ca_key_file: .* is neither RSA nor on P-256, P-384 or P-521$/);
        openssl("pkey", "-in", good.ca_key_file, "-aes256", "-passout", "pass:hush", "-out", "locked.key");
        expect(refusal({ ca_key_file: path.join(folder(), "locked.key") })).to.match(/has a passphrase/);
      });
    });
  });
});
