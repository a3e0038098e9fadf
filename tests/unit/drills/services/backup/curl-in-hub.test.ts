import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { answerOf, LOGGED_IN_SHELL } from "../../../../../drills/services/backup/curl-in-hub";
import { SHELLS } from "../../../guard/stage";

const LOGIN = Buffer.from("admin:pa ss'w\"ord\\").toString("base64");

describe("a hub that asks a restored service as somebody who has logged in", () => {
  let server: Server;
  let base: string;
  before(async () => {
    server = createServer((request, response) => {
      const known = request.headers.authorization === `Basic ${LOGIN}`;
      response.writeHead(known ? 200 : 401);
      response.end(known ? `{"path":"${request.url ?? ""}"}\n\nlast line, ok` : "who is that?");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  for (const [name, program, ...words] of SHELLS) {
    const tell = async (lines: string, to = base): Promise<readonly string[]> => {
      const shell = spawn(program ?? "sh", [...words, "-c", LOGGED_IN_SHELL, "sh", to], { stdio: "pipe" });
      shell.stdin.end(lines);
      return (await text(shell.stdout)).split("\n");
    };

    it(`gets answers whole, and its login is told through stdin alone, under ${name}`, async () => {
      const [first = "", ok, second = "", again] = await tell(`${LOGIN} /api/search\nd3Jvbmc= /api/search\n`);
      expect([ok, again]).to.deep.equal(["ok", "ok"]);
      const decoded = (line: string): string => Buffer.from(line, "base64").toString("utf8");
      expect(answerOf(decoded(first))).to.equal('{"path":"/api/search"}\n\nlast line, ok');
      expect(() => answerOf(decoded(second))).to.throw("answers 401: who is that?");
      expect(LOGGED_IN_SHELL).to.not.match(/curl[^|]*\$login/);
    });

    it(`says why there was no answer, without the login, under ${name}`, async () => {
      const [error = ""] = await tell(`${LOGIN} /\n`, "http://127.0.0.1:1");
      expect(error)
        .to.match(/^error curl exited \d+: .*(refused|connect)/i)
        .and.not.include(LOGIN);
    });
  }
});
