import { expect } from "chai";
import { Duplex, PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { TimeUp, untilSilent } from "../../../../drills/hosts/bounded";
import { messageOf } from "../../../../settings/user-error";
import { openConversation } from "../../../../drills/hosts/conversation";

describe("work that is waited for while it is heard of", () => {
  it("may take longer than a silence may", async () => {
    const work = sleep(120, "done");
    const said = await untilSilent("a copy", 60, work, (sign) => {
      for (const at of [30, 60, 90]) setTimeout(sign, at);
    });
    expect(said).to.equal("done");
  });

  it("ends with the first silence that is too long, naming it", async () => {
    const error = await untilSilent("host-a: a copy", 30, new Promise(() => undefined), () => undefined).catch(
      (one: unknown) => one,
    );
    expect(error).to.be.instanceOf(TimeUp).and.have.property("message", "host-a: a copy: silent for 30 ms");
  });

  it("is a conversation's answer, too: what its program complains of is a sign", async () => {
    const [said, complained] = [new PassThrough(), new PassThrough()];
    const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
    const docker = {
      getContainer: () => ({ exec: () => Promise.resolve({ start: () => Promise.resolve(stream) }) }),
      modem: {
        demuxStream: (_stream: unknown, output: PassThrough, complaints: PassThrough) => {
          said.pipe(output);
          complained.pipe(complaints);
        },
      },
    } as unknown as Docker;
    const conversation = await openConversation(docker, "host-a", "understudy-carrier", ["sh"]);
    const answer = conversation.askWhileItSpeaks("sum", 80, "a script");
    for (let sign = 0; sign < 4; sign += 1) {
      await sleep(40);
      complained.write("lives\n");
    }
    said.write("all of it\nok\n");
    expect(await answer).to.deep.equal(["all of it"]);
    const silent = await conversation.askWhileItSpeaks("sum", 30, "a script").catch(messageOf);
    expect(silent).to.equal("host-a: a script: silent for 30 ms");
    expect(conversation.isOver()).to.equal(true);
    conversation.close();
  });
});
