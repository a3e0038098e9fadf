import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";

const OWNER = "sam";

/** What the service knows of one stack. */
export interface CloudStack {
  deployment: unknown;
  /** Of the update that is under way; null when none is. */
  operation: { readonly kind: string; readonly author: string; readonly started: number } | null;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Answers as Pulumi Cloud gives them, composed from Pulumi's published source (`sdk/go/common/apitype`,
 * `pkg/backend/httpstate/client`): not the service, and not recorded from it. It knows what the tested verbs ask.
 */
export class ComposedCloud {
  readonly stacks = new Map<string, CloudStack>();
  /** Every request, such as `GET /api/user`, and the token that came with it. */
  readonly asked: { readonly what: string; readonly token: string }[] = [];
  readonly #server: Server;

  private constructor(private readonly token: string) {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(({ status, body }) => {
        response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
      });
    });
  }

  /** @param token the only one that is let in */
  static async start(token: string): Promise<ComposedCloud> {
    const cloud = new ComposedCloud(token);
    await once(cloud.#server.listen(0, "127.0.0.1"), "listening");
    return cloud;
  }

  /** The backend's URL, as `pulumi login` takes it. */
  get backend(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The stack of that name. @throws Error when there is none */
  stack(name: string): CloudStack {
    const stack = this.stacks.get(name);
    if (stack === undefined) throw new Error(`no stack ${name}`);
    return stack;
  }

  /** Ends the server. */
  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { method = "", url = "", headers } = request;
    const place = url.replace(/\?.*$/, "");
    this.asked.push({ what: `${method} ${place}`, token: headers.authorization ?? "" });
    const bytes = await buffer(request);
    const text = (headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString();
    if (headers.authorization !== `token ${this.token}`)
      return { status: 401, body: { code: 401, message: "Unauthorized" } };
    return this.#general(method, place, text) ?? this.#ofStack(method, place, text);
  }

  #general(method: string, place: string, text: string): Answer | undefined {
    switch (`${method} ${place}`) {
      case "GET /api/user":
        return {
          status: 200,
          body: { githubLogin: OWNER, name: OWNER, organizations: [{ githubLogin: OWNER, name: OWNER }] },
        };
      case "GET /api/user/organizations/default":
        return { status: 200, body: { GitHubLogin: OWNER } };
      case "GET /api/capabilities":
        return { status: 200, body: { capabilities: [] } };
      case `POST /api/stacks/${OWNER}/understudy`: {
        const { stackName, state } = JSON.parse(text) as { stackName: string; state?: { deployment: unknown } };
        this.stacks.set(stackName, { deployment: state?.deployment ?? {}, operation: null });
        return { status: 200, body: {} };
      }
      default:
        return undefined;
    }
  }

  #ofStack(method: string, place: string, text: string): Answer {
    const [, name = "", rest = ""] = /^\/api\/stacks\/sam\/understudy\/([^/]+)\/?(.*)$/.exec(place) ?? [];
    const stack = this.stacks.get(name);
    if (stack === undefined) return { status: 404, body: { code: 404, message: "Not Found" } };
    const { operation, deployment } = stack;
    switch (`${method} ${rest}`.replace(/u-\d+/, "ID")) {
      case "GET ": {
        const known = {
          id: name,
          orgName: OWNER,
          projectName: "understudy",
          stackName: name,
          activeUpdate: "u-1",
          version: 1,
        };
        return { status: 200, body: { ...known, tags: {}, ...(operation && { currentOperation: operation }) } };
      }
      case "GET export":
        return { status: 200, body: { version: 3, deployment } };
      case "POST update":
        return { status: 200, body: { updateID: "u-2", requiredPolicies: [] } };
      case "POST import":
      case "POST update/ID":
        if (operation !== null)
          return {
            status: 409,
            body: { code: 409, message: "Conflict: composed for a test, in no words of the service" },
          };
        if (rest !== "import") return { status: 500, body: { code: 500, message: "no update is composed" } };
        stack.deployment = (JSON.parse(text) as { deployment: unknown }).deployment;
        return { status: 200, body: { updateId: "u-3" } };
      case "GET update/ID":
        return { status: 200, body: { status: "succeeded", events: [] } };
      case "POST update/ID/cancel":
        stack.operation = null;
        return { status: 204, body: undefined };
      default:
        return { status: 404, body: { code: 404, message: `nothing is composed for ${method} ${rest}` } };
    }
  }
}
