import type Docker from "dockerode";
import { expect } from "chai";
import { askImage, imageOfStore, type ImageQuestion } from "../../../../drills/hosts/ask-image";

const QUESTION: ImageQuestion = {
  store: "redis",
  image: "redis:7.0",
  script: 'echo "$1"',
  words: ["REDIS0011"],
  dataFolder: "/data",
};
const missing = (): Promise<never> => Promise.reject(Object.assign(new Error("no such thing"), { statusCode: 404 }));

/** An engine with images and volumes by name, of which a container says what it is told. */
class Engine {
  images: Readonly<Record<string, string>> = { "redis:7.0": "sha256:old", "redis:7.2": "sha256:new" };
  volumes: readonly string[] = ["understudy-redis-data"];
  running: string | undefined = "sha256:new";
  readonly calls: string[] = [];
  created: Docker.ContainerCreateOptions = {};
  starts = (): Promise<void> => Promise.resolve();

  get docker(): Docker {
    const container = (name: string): unknown => ({
      inspect: () => (this.running === undefined ? missing() : Promise.resolve({ Image: this.running })),
      remove: () => {
        this.calls.push(`remove ${name}`);
        return this.calls.includes("start") ? Promise.resolve() : missing();
      },
      start: () => {
        this.calls.push("start");
        return this.starts();
      },
      wait: () => Promise.resolve({ StatusCode: 0 }),
      logs: () => Promise.resolve(Buffer.from("server=Redis server v=7.0.15\r\nrefused=REDIS0011\r\n")),
    });
    return {
      getImage: (name: string) => ({
        inspect: () => (this.images[name] === undefined ? missing() : Promise.resolve({ Id: this.images[name] })),
      }),
      getVolume: (name: string) => ({
        inspect: () => (this.volumes.includes(name) ? Promise.resolve({ Name: name }) : missing()),
      }),
      getContainer: container,
      createContainer: (options: Docker.ContainerCreateOptions) => {
        this.created = options;
        return Promise.resolve(container(options.name ?? ""));
      },
    } as unknown as Docker;
  }
}

describe("an image that a store is to be made of", () => {
  it("is the same as its container's, another one, or not there yet", async () => {
    const engine = new Engine();
    const of = (image: string): Promise<string> => imageOfStore(engine.docker, "host-a", { store: "redis", image });
    expect([await of("redis:7.2"), await of("redis:7.0"), await of("redis:6")]).to.deep.equal([
      ...["same", "other", "absent"],
    ]);
    engine.running = undefined;
    expect(await of("redis:7.2")).to.equal("other");
  });

  it("is asked without a network, with the data read-only, and its container goes", async () => {
    const engine = new Engine();
    expect(await askImage(engine.docker, "host-a", QUESTION)).to.equal(
      "server=Redis server v=7.0.15\nrefused=REDIS0011\n",
    );
    expect(engine.created).to.deep.include({ Image: "redis:7.0", Cmd: ["REDIS0011"], NetworkDisabled: true });
    expect(engine.created.HostConfig).to.deep.include({
      NetworkMode: "none",
      Binds: ["understudy-redis-data:/data:ro"],
      CapDrop: ["ALL"],
    });
    expect(engine.calls).to.deep.equal([
      ...["remove understudy-redis-asked", "start", "remove understudy-redis-asked"],
    ]);
  });

  it("is not asked where the host has no data, and no volume is made for it", async () => {
    const engine = new Engine();
    engine.volumes = [];
    expect(await askImage(engine.docker, "host-a", QUESTION)).to.equal(undefined);
    expect([engine.calls, engine.created]).to.deep.equal([[], {}]);
  });

  it("leaves no container behind when it does not start", async () => {
    const engine = new Engine();
    engine.starts = () => Promise.reject(new Error("no shell in this image"));
    const thrown = await askImage(engine.docker, "host-a", QUESTION).catch((error: unknown) => error);
    expect(String(thrown)).to.include("no shell in this image");
    expect(engine.calls.at(-1)).to.equal("remove understudy-redis-asked");
  });
});
