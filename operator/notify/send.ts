import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { text as textOf } from "node:stream/consumers";
import type { Receiver } from "../../settings/notify-section";
import { messageOf } from "../../settings/user-error";
import type { Message } from "./message";
import { sendMail } from "./send-mail";

/** What became of telling one receiver. No secret is in the detail. */
export interface Announced {
  readonly receiver: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** A receiver with its secret in the clear: a URL, a key or a password; undefined where it needs none. */
export interface OpenReceiver {
  readonly name: string;
  readonly receiver: Receiver;
  readonly secret: string | undefined;
}

/** How long one receiver may take, in milliseconds. */
export const RECEIVER_MS = 10_000;

/** Tells one receiver, in its form. Never throws; ends within `timeoutMs`. */
export async function tell(one: OpenReceiver, message: Message, timeoutMs = RECEIVER_MS): Promise<Announced> {
  const { name, receiver, secret } = one;
  try {
    const detail =
      receiver.form === "mail"
        ? await sendMail(receiver, secret, message, timeoutMs)
        : await post(requestOf(receiver, secret ?? "", message), timeoutMs);
    return { receiver: name, ok: true, detail };
  } catch (error) {
    return { receiver: name, ok: false, detail: withoutSecret(messageOf(error), secret) };
  }
}

interface Post {
  readonly url: string;
  readonly body: object;
}

/** The request of a form, as its API has it. Pure. */
export function requestOf(receiver: Exclude<Receiver, { form: "mail" }>, secret: string, message: Message): Post {
  const { key, severity, resolves, title, lines, details } = message;
  switch (receiver.form) {
    case "webhook":
      return { url: secret, body: { version: 1, key, severity, title, lines, details } };
    case "slack":
      return {
        url: secret,
        body: {
          ...(receiver.channel === undefined ? {} : { channel: receiver.channel }),
          // Slack takes these three for marks of its own.
          text: escaped([`*${title}*`, ...lines].join("\n")),
        },
      };
    case "pagerduty":
      return {
        url: receiver.endpoint,
        body: {
          routing_key: secret,
          event_action: resolves ? "resolve" : "trigger",
          dedup_key: key,
          payload: { summary: title.slice(0, 1024), source: "understudy", severity, custom_details: { lines } },
        },
      };
  }
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Not by `fetch`: that goes on connecting to a silent host after it was given up, and keeps the process alive meanwhile. */
function post({ url, body }: Post, timeoutMs: number): Promise<string> {
  const text = JSON.stringify(body);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  const signal = AbortSignal.timeout(timeoutMs);
  const request = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(signal.aborted ? new Error("no answer in time") : error);
    request(url, { method: "POST", headers, agent: false, signal }, (response) => {
      const status = response.statusCode ?? 0;
      textOf(response).then((said) => {
        if (status >= 200 && status < 300) resolve(`answered ${status}`);
        else reject(new Error(`answers ${status}: ${said.trim().slice(0, 200)}`));
      }, fail);
    })
      .on("error", fail)
      .end(text);
  });
}

/** A server may repeat what it was asked: what it says is shown without the secret. */
function withoutSecret(text: string, secret: string | undefined): string {
  if (secret === undefined || secret === "") return text;
  return text.replaceAll(secret, "****").replaceAll(encodeURIComponent(secret), "****");
}
