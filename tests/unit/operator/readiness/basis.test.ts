import { expect } from "chai";
import { basisOf, type Declared } from "../../../../operator/failover/basis";
import { drillConfigSchema } from "../../../../settings/drill-config";
import { sampleEnvironment } from "../../components/sample";

const CONFIG = {
  "understudy:host": "host-a",
  "understudy:role": "primary",
  "understudy:drill": { id: "d1" },
  "understudy:redisPassword": { secure: "v1:abc" },
  "understudy:nested": { list: [{ secure: "v1:def" }, "clear"] },
};

function basis(
  change: (config: Record<string, unknown>) => object = (config) => config,
  other: Partial<Declared> = {},
) {
  return basisOf({
    ...{ program: "0.1.0", environment: sampleEnvironment(2), environmentFile: "version: 1\n" },
    configs: { primary: change(structuredClone(CONFIG)), standby: {} },
    ...other,
  });
}

describe("what a drill was of", () => {
  it("does not change with what a drill itself changes: the roles, and the drill that is asked for", () => {
    expect(
      basis((config) => ({ ...config, "understudy:role": "standby", "understudy:drill": undefined })),
    ).to.deep.equal(basis());
    expect(drillConfigSchema.safeParse({ id: "d1", basis: basis() }).success).to.equal(true);
  });

  it("tells settings from keys, wherever they stand, and holds no secret, not even encrypted", () => {
    const first = basis();
    const settings = basis((config) => ({ ...config, "understudy:host": "host-b" }));
    expect(settings.settings_sha256).not.to.equal(first.settings_sha256);
    expect(settings.keys_sha256).to.equal(first.keys_sha256);
    for (const keys of [
      basis((config) => ({ ...config, "understudy:redisPassword": { secure: "v1:xyz" } })),
      basis((config) => ({ ...config, "understudy:nested": { list: [{ secure: "v1:xyz" }, "clear"] } })),
    ]) {
      expect(keys.keys_sha256).not.to.equal(first.keys_sha256);
      expect(keys.settings_sha256).to.equal(first.settings_sha256);
    }
    expect(JSON.stringify(first)).not.to.match(/v1:|clear/);
  });

  it("has the digest of the environment file, the version and every image", () => {
    const first = basis();
    expect(basis(undefined, { environmentFile: "version: 1 # a word\n" }).environment_file_sha256).not.to.equal(
      first.environment_file_sha256,
    );
    expect(first.program).to.equal("0.1.0");
    expect(first.images).to.include({ redis: "registry.example/redis:1" }).and.to.have.property("front");
    const withBackup = sampleEnvironment(2, { backup: { image: "backup:1", memory_mib: 256 } });
    expect(basis(undefined, { environment: withBackup }).images).to.include({ backup: "backup:1" });
  });
});
