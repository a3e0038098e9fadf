import type { Receiver } from "../../settings/notify-section";
import type { Message } from "./message";

type MailReceiver = Extract<Receiver, { form: "mail" }>;

/** Port on which a mail server encrypts from the start (RFC 8314). */
const IMPLICIT_TLS = 465;

/**
 * Sends one mail.
 * @param password of the receiver's user
 * @returns what the mail server said
 * @throws Error when it takes it not, or not in time
 */
export async function sendMail(
  { to, from, smarthost, username, encryption }: MailReceiver,
  password: string | undefined,
  { title, lines }: Message,
  timeoutMs: number,
): Promise<string> {
  // Loaded by whoever sends mail: nobody else waits for it.
  const { createTransport } = await import("nodemailer");
  const at = smarthost.lastIndexOf(":");
  const port = Number(smarthost.slice(at + 1));
  const transport = createTransport({
    host: smarthost.slice(0, at),
    port,
    secure: encryption === "required" && port === IMPLICIT_TLS,
    requireTLS: encryption === "required",
    ignoreTLS: encryption === "none",
    ...(username === undefined ? {} : { auth: { user: username, pass: password ?? "" } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), timeoutMs);
  });
  try {
    const mail = { from, to: [...to], subject: title.slice(0, 200), text: `${[title, "", ...lines].join("\n")}\n` };
    const { response } = await Promise.race([transport.sendMail(mail), late]);
    return `answered ${response.slice(0, 3)}`;
  } finally {
    clearTimeout(timer);
    transport.close();
  }
}
