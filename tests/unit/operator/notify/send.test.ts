import { createServer, type AddressInfo } from "node:net";
import { expect } from "chai";
import { announce } from "../../../../operator/notify/announce";
import { failedUnitMessage, testMessage, type Message } from "../../../../operator/notify/message";
import { receiversFrom } from "../../../../operator/notify/open-receivers";
import { tell, type OpenReceiver } from "../../../../operator/notify/send";
import { notifySchema, notifySecrets, receiversOf } from "../../../../settings/notify-section";
import { UserError } from "../../../../settings/user-error";
import { sampleEnvironment } from "../../components/sample";
import { stubMailServer, stubReceiver, type StubReceiver } from "../../../support/stub-receiver";

const KEY = "planted-key-0123456789abcdef";
const MESSAGE: Message = {
  key: "understudy-drill-sample",
  severity: "critical",
  resolves: false,
  title: "Understudy sample: drill FAILED: <precheck> & more",
  lines: ["reason: a & b", "next: understudy status"],
  details: { exitCode: 1 },
};

function receiver(form: Readonly<Record<string, unknown>>, secret?: string): OpenReceiver {
  const parsed = notifySchema.parse({ receivers: { one: form } });
  return { name: "one", receiver: receiversOf(parsed)[0]![1], secret };
}

describe("telling a receiver", () => {
  let stub: StubReceiver;
  beforeEach(async () => (stub = await stubReceiver()));
  afterEach(() => stub.close());

  it("a webhook gets the message as JSON, with all of its details", async () => {
    const told = await tell(receiver({ form: "webhook", secret: "aUrl" }, `${stub.url}/hook?token=${KEY}`), MESSAGE);
    expect(told).to.deep.equal({ receiver: "one", ok: true, detail: "answered 200" });
    const { key, severity, title, lines, details } = MESSAGE;
    expect(stub.got).to.deep.equal([
      { path: `/hook?token=${KEY}`, body: { version: 1, key, severity, title, lines, details } },
    ]);
  });

  it("Slack gets one text, without what Slack would take for marks", async () => {
    await tell(receiver({ form: "slack", secret: "aUrl", channel: "#ops" }, `${stub.url}/services/x`), MESSAGE);
    expect(stub.got[0]?.body).to.deep.equal({
      channel: "#ops",
      text: "*Understudy sample: drill FAILED: &lt;precheck&gt; &amp; more*\nreason: a &amp; b\nnext: understudy status",
    });
  });

  it("PagerDuty gets an event that opens a page, and one that ends it once a drill is accepted", async () => {
    const duty = receiver({ form: "pagerduty", secret: "aKey", endpoint: `${stub.url}/v2/enqueue` }, KEY);
    await tell(duty, MESSAGE);
    await tell(duty, { ...MESSAGE, severity: "info", resolves: true });
    expect(stub.got.map(({ body }) => body)).to.deep.include.members([
      {
        routing_key: KEY,
        event_action: "trigger",
        dedup_key: "understudy-drill-sample",
        payload: {
          summary: MESSAGE.title,
          source: "understudy",
          severity: "critical",
          custom_details: { lines: MESSAGE.lines },
        },
      },
    ]);
    expect(stub.got[1]?.body).to.deep.include({ event_action: "resolve", dedup_key: "understudy-drill-sample" });
  });

  it("a mail server gets one mail, from its user", async () => {
    const server = await stubMailServer();
    const post = receiver(
      {
        ...{
          form: "mail",
          to: ["night@mail.example"],
          from: "understudy@mail.example",
          username: "u",
          secret: "aWord",
        },
        ...{ smarthost: `127.0.0.1:${server.port}`, encryption: "none" },
      },
      KEY,
    );
    expect(await tell(post, MESSAGE)).to.deep.equal({ receiver: "one", ok: true, detail: "answered 250" });
    expect(server.said()).to.match(/^RCPT TO:<night@mail\.example>/m);
    expect(server.said()).to.match(/^Subject: Understudy sample: drill FAILED/m);
    expect(server.said()).to.include("next: understudy status");
    server.close();
  });

  it("sends no mail in the clear where encryption is required", async () => {
    const server = await stubMailServer();
    const asked = {
      form: "mail",
      to: ["n@mail.example"],
      from: "u@mail.example",
      smarthost: `127.0.0.1:${server.port}`,
    };
    expect(await tell(receiver(asked), MESSAGE)).to.deep.include({ ok: false });
    expect(server.said()).not.to.include("RCPT");
    server.close();
  });

  it("says what a receiver answers that does not take it, and never its secret", async () => {
    stub.answer = { status: 403, text: `no such token: ${KEY}` };
    const duty = receiver({ form: "pagerduty", secret: "aKey", endpoint: `${stub.url}/` }, KEY);
    expect(await tell(duty, MESSAGE)).to.deep.equal({
      ...{ receiver: "one", ok: false, detail: "answers 403: no such token: ****" },
    });
    const hook = await tell(receiver({ form: "webhook", secret: "aUrl" }, `no-url-${KEY}`), MESSAGE);
    expect(hook.ok).to.equal(false);
    expect(hook.detail).not.to.include(KEY);
  });

  it("gives a silent receiver up in time", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const began = Date.now();
    const told = await tell(receiver({ form: "webhook", secret: "aUrl" }, `http://127.0.0.1:${port}/`), MESSAGE, 200);
    expect(told).to.deep.equal({ receiver: "one", ok: false, detail: "no answer in time" });
    expect(Date.now() - began).to.be.lessThan(5000);
    silent.close();
  });

  it("tells every receiver but those that wait for the Watchdog, whatever one of them answers", async () => {
    const dead = await stubReceiver();
    const told = await announce(sampleEnvironment(2), MESSAGE, () =>
      Promise.resolve([
        { ...receiver({ form: "webhook", secret: "aUrl" }, "http://127.0.0.1:1/"), name: "gone" },
        { ...receiver({ form: "webhook", secret: "aUrl" }, stub.url), name: "there" },
        { ...receiver({ form: "webhook", secret: "aUrl", deadman: true }, dead.url), name: "watcher" },
      ]),
    );
    expect(told.map(({ receiver: name, ok }) => [name, ok])).to.deep.equal([
      ["gone", false],
      ["there", true],
    ]);
    expect(dead.got).to.deep.equal([]);
    await dead.close();
  });

  it("has an answer where the receivers cannot be opened", async () => {
    const told = await announce(sampleEnvironment(2), MESSAGE, () => Promise.reject(new Error("no such stack")));
    expect(told).to.deep.equal([{ receiver: "(all)", ok: false, detail: "no such stack" }]);
  });

  it("a test message pages, and so does a unit that failed", () => {
    expect(testMessage("sample", "ops")).to.deep.include({ resolves: false, severity: "info" });
    expect(failedUnitMessage("sample", "understudy-drill.service", "ops")).to.deep.include({ severity: "critical" });
  });
});

describe("the receivers of an environment file", () => {
  const slack = { form: "slack", secret: "chatUrl" };
  const refused = (one: object): string =>
    notifySchema.safeParse({ receivers: { one } }).error?.issues[0]?.message ?? "";

  it("name their secrets, and no URL or key stands in the file", () => {
    const notify = notifySchema.parse({ receivers: { chat: slack } });
    expect(notifySecrets(notify)).to.deep.equal([["chat", "chatUrl"]]);
    expect(notifySecrets(undefined)).to.deep.equal([]);
    expect(refused({ ...slack, secret: "https://chat.example/T0/B0" })).to.include("the name of a secret");
    expect(refused({ ...slack, secret: "redisPassword" })).to.include("not one of ours");
    expect(
      refused({ ...{ form: "mail", to: ["a@b.example"], from: "c@d.example", smarthost: "m:25" }, username: "u" }),
    ).to.include("belong together");
  });

  it("are refused while a secret is missing or stands in the clear, with the command that sets it", () => {
    const notify = notifySchema.parse({ receivers: { chat: slack } });
    const next = "pulumi -s primary config set --secret understudy:chatUrl";
    const fault = (config: Parameters<typeof receiversFrom>[2]): UserError | undefined => {
      try {
        receiversFrom(notify, "primary", config);
      } catch (error) {
        return error as UserError;
      }
      return undefined;
    };
    expect(fault({})).to.deep.include({ next, exitCode: 2 });
    const clear = fault({ "understudy:chatUrl": { value: `http://${KEY}` } });
    expect(clear?.message).to.equal(
      "notify.receivers.chat.secret: understudy:chatUrl of stack primary is not encrypted",
    );
    expect(
      receiversFrom(notify, "primary", { "understudy:chatUrl": { value: "x", secret: true } }),
    ).to.deep.include.members([{ name: "chat", receiver: notify.receivers["chat"], secret: "x" }]);
  });
});
