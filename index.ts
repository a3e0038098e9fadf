import * as pulumi from "@pulumi/pulumi";
import { declareStack } from "./components/stack";
import { StoreBootstrap } from "./drills/bootstrap-resource";
import { judgeDeclaration } from "./evidence/declaration";
import { completedDrills } from "./drills/completed-drills";
import { declareDrill, failWith } from "./drills/drill";
import { withoutModuleFrames } from "./drills/engine/module-frames";
import { frontPlanInDrill, readFrontPlan } from "./drills/hosts/front-state";
import { observePair } from "./drills/hosts/observe";
import { listeningInDrill, madePortsOf, readListening } from "./drills/hosts/listening";
import { observedRole } from "./evidence/observed-role";
import { Rejoin } from "./drills/rejoin/rejoin-resource";
import { hasFront } from "./settings/encryption";
import { listenRefusal, type HostListening, type MadeByContainer } from "./settings/listen";
import { namedHosts, type NamedHost } from "./settings/pair";
import { othersContainers, othersNext, othersWords } from "./settings/owner";
import { loadSettings, type Settings } from "./settings/settings";
import { messageOf } from "./settings/user-error";

/** One host of the pair: its services, the first role of its stores, and the drill that may change it. */
async function program(): Promise<Record<string, unknown>> {
  const settings = loadSettings();
  const { environment, environmentFile, view, role, identity, secrets, credentials, certificates } = settings;

  const [topology, completed, made] = await Promise.all([
    observePair(namedHosts(environment), environment, credentials, { [view.self.name]: role }),
    completedDrills(view.self, settings.drill),
    madePortsOf(view.self).catch(
      (error: unknown) => `${view.self.name}: its engine does not answer: ${messageOf(error)}`,
    ),
  ]);
  const verdict = judgeDeclaration(view.self, view.peer, role, settings.drill, topology, completed);
  if (verdict.verdict === "refused") throw new pulumi.RunError(verdict.message);

  const listening =
    verdict.verdict === "drill"
      ? listeningInDrill(view.self, typeof made === "string" ? undefined : made)
      : await listeningOrRefuse(view.self, ownOrRefuse(settings, made));
  const front =
    certificates === undefined || !hasFront(environment, true)
      ? undefined
      : {
          ...(verdict.verdict === "drill"
            ? frontPlanInDrill(view, true, listening.made)
            : await readFrontPlan(view, environment, true, listening.made)),
          certificates: pulumi.secret(certificates),
        };
  const { services, endpoints } = declareStack(environment, view, listening, secrets, { ...settings, front });
  const bootstrap = new StoreBootstrap(
    "bootstrap",
    {
      environmentFile,
      host: view.self.name,
      role,
      identity,
      credentials: secrets,
      doors: settings.environment.clients !== undefined,
    },
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

/**
 * What the host's containers were made with.
 * @throws pulumi.RunError where they are another environment's, and nobody has noted yet whose data this stack's are
 */
function ownOrRefuse(
  { environment, view: { self }, identity }: Pick<Settings, "environment" | "view" | "identity">,
  made: MadeByContainer | string,
): MadeByContainer | string {
  const others = typeof made === "string" ? [] : othersContainers(made, environment.name, self.name);
  if (others.length === 0 || identity !== undefined) return made;
  throw new pulumi.RunError(`${othersWords(self.name, others)}; next: ${othersNext(self.name)}`);
}

/**
 * What the host's ports listen on.
 * @param made what its containers were made with, or why its engine does not say
 * @throws pulumi.RunError, before a container is touched, when it cannot listen there
 */
async function listeningOrRefuse(host: NamedHost, made: MadeByContainer | string): Promise<HostListening> {
  if (typeof made === "string") throw new pulumi.RunError(`${made}; next: understudy doctor`);
  const { listening, problems } = await readListening(host, made, "left alone");
  const { words, next } = listenRefusal(problems) ?? { words: "", next: "" };
  if (listening === null || words !== "") throw new pulumi.RunError(`${words}; next: ${next}`);
  return listening;
}

export = (): Promise<Record<string, unknown>> =>
  program().catch((error: unknown) => {
    throw withoutModuleFrames(error);
  });
