import * as pulumi from "@pulumi/pulumi";

/** What a program asked the engine for: one resource, as it went over the wire. */
export interface Declared {
  readonly type: string;
  readonly name: string;
  /** Inputs in clear; `secretInputs` says which of them were marked secret. */
  readonly inputs: Record<string, unknown>;
  /** Paths of inputs marked secret, such as `uploads.3.content`. */
  readonly secretInputs: readonly string[];
  readonly urn: string;
  readonly parent: string;
  readonly provider: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean;
  readonly additionalSecretOutputs: readonly string[];
  readonly ignoreChanges: readonly string[];
  /** URNs of what it waits for. */
  readonly dependencies: readonly string[];
}

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getObject(): { toJavaScript(): Record<string, unknown> };
  getParent(): string;
  getProvider(): string;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getDeletebeforereplace(): boolean;
  getAdditionalsecretoutputsList(): string[];
  getIgnorechangesList(): string[];
  getDependenciesList(): string[];
}

interface Monitor {
  registerResource(
    request: RegisterRequest,
    callback: (error: unknown, response: { getUrn(): string } | undefined) => void,
  ): Promise<void>;
}

/** Key and value by which the engine's wire format marks a secret. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

function reveal(value: unknown, at: string, secrets: string[]): unknown {
  if (Array.isArray(value)) {
    return value.map((one, index) => reveal(one, `${at}.${String(index)}`, secrets));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const fields = value as Record<string, unknown>;
  if (fields[SIGNATURE] === SECRET) {
    secrets.push(at.slice(1));
    return reveal(fields["value"], at, secrets);
  }
  return Object.fromEntries(Object.entries(fields).map(([key, one]) => [key, reveal(one, `${at}.${key}`, secrets)]));
}

const declared: Declared[] = [];

const started = pulumi.runtime.setMocks({
  call: ({ inputs }: pulumi.runtime.MockCallArgs) => inputs as Record<string, unknown>,
  newResource: ({ type, name, inputs }: pulumi.runtime.MockResourceArgs) => ({
    id: `${name}-id`,
    state: {
      ...(inputs as Record<string, unknown>),
      ...(type === "docker:index/remoteImage:RemoteImage" ? { imageId: "sha256:resolved" } : {}),
    },
  }),
});

function record(monitor: Monitor): void {
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) =>
    register(request, (error, response) => {
      const secretInputs: string[] = [];
      declared.push({
        type: request.getType(),
        name: request.getName(),
        inputs: reveal(request.getObject().toJavaScript(), "", secretInputs) as Record<string, unknown>,
        secretInputs,
        urn: response?.getUrn() ?? "",
        parent: request.getParent(),
        provider: request.getProvider(),
        protect: request.getProtect(),
        retainOnDelete: request.getRetainondelete(),
        deleteBeforeReplace: request.getDeletebeforereplace(),
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
        ignoreChanges: request.getIgnorechangesList(),
        dependencies: request.getDependenciesList(),
      });
      callback(error, response);
    });
}

const recording = started.then(() => {
  record(pulumi.runtime.getMonitor() as unknown as Monitor);
});

function settled(resource: pulumi.Resource): Promise<string> {
  return new Promise((resolve) => resource.urn.apply(resolve));
}

/**
 * Runs `program` and returns what it declared, in the order the engine saw it.
 * @param program returns the resources that are declared last: the others are waited for through them
 */
export async function declaredBy(program: () => readonly pulumi.Resource[]): Promise<readonly Declared[]> {
  await recording;
  const before = declared.length;
  await Promise.all(program().map(settled));
  return declared.slice(before);
}
