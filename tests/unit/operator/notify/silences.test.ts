import { expect } from "chai";
import { silenceAlerts, silenceOf } from "../../../../operator/notify/silences";
import { sampleEnvironment } from "../../components/sample";

const NOW = new Date("2026-11-30T03:00:00.000Z");
const RECEIVERS = { chat: { form: "slack", secret: "chatUrl" } };

describe("the silences of a drill", () => {
  it("have an end, and let through that somebody watches, and the drill's own canary", () => {
    expect(silenceOf("d1", NOW, 10)).to.deep.equal({
      matchers: [
        { name: "alertname", value: ".+", isRegex: true, isEqual: true },
        { name: "alertname", value: "Watchdog", isRegex: false, isEqual: false },
        { name: "understudy_canary", value: "true", isRegex: false, isEqual: false },
      ],
      startsAt: "2026-11-30T03:00:00.000Z",
      endsAt: "2026-11-30T03:10:00.000Z",
      createdBy: "understudy",
      comment: "drill d1",
    });
  });

  it("are made at both Alertmanagers and ended there; one that does not answer is said, and holds nothing up", async () => {
    const asked: string[] = [];
    const said: string[] = [];
    const environment = sampleEnvironment(2, { notify: { receivers: RECEIVERS } });
    const end = await silenceAlerts(environment, "d1", NOW, (words) => said.push(words), {
      make: (host, port) => {
        asked.push(`make ${host.name} ${port}`);
        return host.name === "host-a" ? Promise.resolve("id-a") : Promise.reject(new Error("gone"));
      },
      end: (host, _port, id) => {
        asked.push(`end ${host.name} ${id}`);
        return Promise.reject(new Error("gone too"));
      },
    });
    await end();
    expect(asked).to.deep.equal(["make host-a 19093", "make host-b 19093", "end host-a id-a"]);
    expect(said).to.deep.equal([
      "alerts of host-b are not silenced: gone",
      "the silence of host-a was not ended, and ends by itself: gone too",
    ]);
  });

  it("are none where nobody is told, or none are wanted", async () => {
    const never = (): never => expect.fail("nobody is asked");
    for (const notify of [undefined, { receivers: RECEIVERS, silence_minutes: 0 }]) {
      const environment = sampleEnvironment(2, notify === undefined ? {} : { notify });
      await (
        await silenceAlerts(environment, "d1", NOW, never, { make: never, end: never })
      )();
    }
  });
});
