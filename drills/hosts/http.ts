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

/** One request with its bound. */
export interface Request {
  readonly url: string;
  readonly method?: "GET" | "POST" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly timeoutMs: number;
}

/**
 * Sends one request and reads the whole answer.
 * @throws HttpRefusal when the answer is not 2xx, Error when there is none in time
 */
export async function send({ url, timeoutMs, method = "GET", headers = {}, body }: Request): Promise<string> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, connection: "close" },
    signal: AbortSignal.timeout(timeoutMs),
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  if (!response.ok) throw new HttpRefusal(response.status, text);
  return text;
}

/** As `send`, with a JSON body and a JSON answer; an empty answer is null. */
export async function sendJson(request: Omit<Request, "body"> & { readonly json?: unknown }): Promise<unknown> {
  const { json, ...rest } = request;
  const text = await send({
    ...rest,
    ...(json === undefined
      ? {}
      : { body: JSON.stringify(json), headers: { ...rest.headers, "content-type": "application/json" } }),
  });
  return text.trim() === "" ? null : (JSON.parse(text) as unknown);
}
