import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { CHECKS, tryService, type Check } from "../../drills/hosts/server-settings/service-trial";
import { trialTexts } from "../../operator/settings/service-plan";
import { refusedFields } from "../../operator/settings/try-settings";
import { parseEnvironment } from "../../settings/load-environment";
import { sampleEnvironment } from "../unit/components/sample";

/** As a container's own program is asked: its stdin is a pipe. */
const asked =
  (service: "prometheus" | "alertmanager"): Check =>
  (content) => {
    try {
      const command = `cat | ${CHECKS[service]?.join(" ") ?? ""}`;
      execFileSync("sh", ["-c", command], { input: content, stdio: ["pipe", "pipe", "pipe"] });
      return Promise.resolve(null);
    } catch (error) {
      return Promise.resolve(String((error as { stderr: Buffer }).stderr) || "it said nothing");
    }
  };

const tried = async (service: "prometheus" | "alertmanager", settings: object): Promise<readonly string[] | string> => {
  const given = parseEnvironment("env.yaml", {
    ...(JSON.parse(JSON.stringify(sampleEnvironment(2))) as object),
    [service]: { settings },
  });
  const texts = trialTexts(given, service);
  if (texts === undefined) throw new Error("nothing to try");
  const trial = await tryService(asked(service), texts);
  return trial.kind === "refused" ? refusedFields(given, [{ host: "host-a", store: service, trial }]) : trial.kind;
};

describe("settings of the services, tried by the products' own programs", function () {
  this.timeout(30_000);

  it("promtool takes what Prometheus knows, and refuses another name by its field alone", async () => {
    expect(await tried("prometheus", { global: { scrape_interval: "20s" } })).to.equal("taken");
    const [wrong, ...more] = await tried("prometheus", {
      global: { scrape_intervall: "20s", evaluation_interval: "20s" },
    });
    expect(wrong).to.match(/^prometheus\.settings\.global\.scrape_intervall: host-a refuses it: .*scrape_intervall/);
    expect(more).to.deep.equal([]);
  });

  it("amtool takes what Alertmanager knows, and refuses a value by its field", async () => {
    expect(await tried("alertmanager", { global: { resolve_timeout: "3m" } })).to.equal("taken");
    const [bad] = await tried("alertmanager", { route: { group_wait: "3 minutes" } });
    expect(bad).to.match(/^alertmanager\.settings\.route\.group_wait: host-a refuses it: /);
  });
});
