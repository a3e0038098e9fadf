import { request as httpRequest } from "node:http";
import { text as textOf } from "node:stream/consumers";
import { awakeSignal } from "./awake-timer";
import { forwardedSocket } from "./service-forwards";

/** A request that got an answer other than the one that counts; its message has the first words of that answer. */
export class HttpRefusal extends Error {
  override readonly name = "HttpRefusal";

  /** @param status of the answer */
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(`answers ${status}: ${text.trim().slice(0, 200)}`);
  }
}

/** A host whose services are asked. */
export interface HttpHost {
  readonly address: string;
  readonly docker?: string | undefined;
  readonly ssh_config?: string | undefined;
}

/** One request with its bound. */
export interface Request {
  /**
   * Whom it goes to. One that has an engine's endpoint is asked through SSH, at the port of its own loopback: its services
   * listen nowhere else. Without one, which is how a server of this machine is asked, `address` is.
   */
  readonly host: HttpHost;
  readonly port: number;
  /** With its query. */
  readonly path: string;
  readonly method?: "GET" | "POST" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly timeoutMs: number;
}

/** An answer, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends one request over a connection of its own and reads the whole answer. Not by `fetch`: that goes on connecting to a
 * silent host for 10 s after it was given up, and keeps the process alive meanwhile.
 * @throws Error when there is no answer in time; its `code` is errno's, `ECONNREFUSED` where the host is there and nobody
 * listens
 */
export async function exchange(asked: Request): Promise<Answer> {
  const { signal, cancel } = awakeSignal(asked.timeoutMs);
  let place: Place | undefined;
  try {
    place = await placeOf(asked, signal);
    return await answer(asked, place, signal);
  } catch (error) {
    // OpenSSH takes the connection before it knows whether anybody listens at the other end.
    const { code } = error as { code?: string };
    if (place !== undefined && "socketPath" in place && (code === "ECONNRESET" || code === "EPIPE"))
      throw Object.assign(new Error("ECONNREFUSED: nobody answers at its port"), { code: "ECONNREFUSED" });
    throw error;
  } finally {
    cancel();
  }
}

/**
 * Opens the way to a host's port, so that the first request there does not wait for it; nothing is sent.
 * @throws Error when SSH does not reach the host
 */
export async function openWay({ docker, ssh_config: sshConfig }: HttpHost, port: number): Promise<void> {
  if (docker !== undefined) await forwardedSocket({ docker, ssh_config: sshConfig }, port);
}

type Place = { readonly socketPath: string } | { readonly host: string; readonly port: number };

async function placeOf({ host, port }: Request, signal: AbortSignal): Promise<Place> {
  const { docker, ssh_config: sshConfig, address } = host;
  if (docker === undefined) return { host: address, port };
  const socket = forwardedSocket({ docker, ssh_config: sshConfig }, port);
  const socketPath = await new Promise<string>((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    socket.then(resolve, reject);
  });
  return { socketPath };
}

function answer(
  { path, method = "GET", headers = {}, body }: Request,
  place: Place,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(signal.aborted ? (signal.reason as Error) : error);
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const options = {
      ...place,
      path,
      method,
      headers: { host: "localhost", ...headers, ...length },
      agent: false,
      signal,
    };
    httpRequest(options, (response) => {
      textOf(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), fail);
    })
      .on("error", fail)
      .end(body);
  });
}

/**
 * As `exchange`, for an answer that counts only when it is 2xx.
 * @throws HttpRefusal when it is another one, Error when there is none in time
 */
export async function send(asked: Request): Promise<string> {
  const { status, text } = await exchange(asked);
  if (status < 200 || status >= 300) throw new HttpRefusal(status, text);
  return text;
}

/** As `send`, with a JSON body and a JSON answer; an empty answer is null. */
export async function sendJson(asked: Omit<Request, "body"> & { readonly json?: unknown }): Promise<unknown> {
  const { json, ...rest } = asked;
  const text = await send({
    ...rest,
    ...(json === undefined
      ? {}
      : { body: JSON.stringify(json), headers: { ...rest.headers, "content-type": "application/json" } }),
  });
  return text.trim() === "" ? null : (JSON.parse(text) as unknown);
}
