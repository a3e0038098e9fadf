import * as pulumi from "@pulumi/pulumi";
import { declareStack } from "./components/stack";
import { StoreBootstrap } from "./drills/bootstrap-resource";
import { judgeDeclaration } from "./evidence/declaration";
import { completedDrills } from "./drills/completed-drills";
import { declareDrill, failWith } from "./drills/drill";
import { withoutModuleFrames } from "./drills/engine/module-frames";
import { observePair } from "./drills/hosts/observe";
import { listeningInDrill, readListening } from "./drills/hosts/listening";
import { observedRole } from "./evidence/observed-role";
import { Rejoin } from "./drills/rejoin/rejoin-resource";
import { listenRefusal, type HostListening } from "./settings/listen";
import { namedHosts, type NamedHost } from "./settings/pair";
import { loadSettings } from "./settings/settings";

/** One host of the pair: its services, the first role of its stores, and the drill that may change it. */
async function program(): Promise<Record<string, unknown>> {
  const settings = loadSettings();
  const { environment, environmentFile, view, role, identity, secrets, credentials } = settings;

  const [topology, completed] = await Promise.all([
    observePair(namedHosts(environment), environment, credentials, { [view.self.name]: role }),
    completedDrills(view.self, settings.drill),
  ]);
  const verdict = judgeDeclaration(view.self, view.peer, role, settings.drill, topology, completed);
  if (verdict.verdict === "refused") throw new pulumi.RunError(verdict.message);

  const listening =
    verdict.verdict === "drill" ? await listeningInDrill(view.self) : await listeningOrRefuse(view.self);
  const { services, endpoints } = declareStack(environment, view, listening, secrets);
  const bootstrap = new StoreBootstrap(
    "bootstrap",
    { environmentFile, host: view.self.name, role, identity, credentials: secrets },
    { dependsOn: [...services] },
  );
  const [here, there] = [view.self, view.peer].map((one) => one && observedRole(topology, one.name));
  const needed = role === "standby" && here !== "standby" && there === "primary";
  const rejoin = new Rejoin(
    "rejoin",
    { environmentFile, host: view.self.name, needed, credentials: secrets },
    { dependsOn: [bootstrap] },
  );

  // Which depends on everything else.
  const evidence = await declareDrill(settings, verdict, [rejoin]);
  failWith(evidence);

  return {
    host: view.self.name,
    role: { declared: role, observed: observedRole(topology, view.self.name) ?? "unknown" },
    endpoints,
    ...(evidence === undefined ? {} : { evidence }),
  };
}

/** What the host's ports listen on. @throws pulumi.RunError, before a container is touched, when it cannot */
async function listeningOrRefuse(host: NamedHost): Promise<HostListening> {
  const { listening, problems } = await readListening(host, "left alone");
  const refusal = listenRefusal(problems);
  if (listening === null || refusal !== undefined)
    throw new pulumi.RunError(`${refusal?.words ?? ""}; next: ${refusal?.next ?? ""}`);
  return listening;
}

export = (): Promise<Record<string, unknown>> =>
  program().catch((error: unknown) => {
    throw withoutModuleFrames(error);
  });
