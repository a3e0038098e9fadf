import { z } from "zod";
import { OTHER_KEYS } from "./applications";

/** Where PagerDuty takes events of its API v2; those of Europe go to another host. */
const PAGERDUTY_EVENTS = "https://events.pagerduty.com/v2/enqueue";

const secret = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]{0,62}$/, "the name of a secret in namespace understudy of both stacks' config")
  .refine((key) => !OTHER_KEYS.includes(key), "a secret of the receiver's own, not one of ours");

const mailAddress = z.string().regex(/^[^\s<>@,]+@[^\s<>@,]+$/, "a mail address, without a name");

const common = {
  deadman: z
    .boolean()
    .default(false)
    .describe(
      "a watcher outside: it gets the alert `Watchdog` again and again, and nothing else; its silence says that nobody watches",
    ),
};

const receiver = z.discriminatedUnion("form", [
  z.strictObject({
    form: z.literal("webhook").describe("a JSON object by HTTP POST"),
    secret: secret.describe("which secret is its URL"),
    ...common,
  }),
  z.strictObject({
    form: z.literal("slack").describe("an incoming webhook of Slack, or of what takes the same"),
    secret: secret.describe("which secret is the URL of its webhook"),
    channel: z.string().min(1).optional().describe("default: the webhook's own"),
    ...common,
  }),
  z.strictObject({
    form: z.literal("pagerduty").describe("PagerDuty's Events API v2"),
    secret: secret.describe("which secret is the integration key"),
    endpoint: z
      .url({ protocol: /^https?$/ })
      .default(PAGERDUTY_EVENTS)
      .describe("where its events go"),
    ...common,
  }),
  z.strictObject({
    form: z.literal("mail").describe("mail by SMTP"),
    to: z.array(mailAddress).min(1).describe("whom it goes to"),
    from: mailAddress.describe("whom it comes from"),
    smarthost: z
      .string()
      .regex(/^[A-Za-z0-9.-]+:[1-9][0-9]{0,4}$/, "host:port, such as mail.example:587")
      .describe("the mail server; port 465 is encrypted from the start, any other by STARTTLS"),
    username: z.string().min(1).optional().describe("user that logs in there; without it nobody does"),
    secret: secret.optional().describe("which secret is the password of that user"),
    encryption: z
      .enum(["required", "none"])
      .default("required")
      .describe("`none` is for a mail server on the same machine"),
    ...common,
  }),
]);

/** The section `notify` of an environment file. */
export const notifySchema = z
  .strictObject({
    receivers: z
      .record(
        z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, "lower-case letters, digits and hyphens, at most 31"),
        receiver,
      )
      .describe("who is told of drills and alerts, by name"),
    reports_url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("where people find the folder with the reports; default: announcements name the files alone"),
    deadman_minutes: z
      .number()
      .int()
      .min(1)
      .max(60)
      .default(5)
      .describe("how often a receiver with `deadman` hears of the alert `Watchdog`"),
    silence_minutes: z
      .number()
      .int()
      .min(0)
      .max(60)
      .default(10)
      .describe(
        "longest time that a drill silences alerts of the pair; it ends the silence itself; 0: it silences none",
      ),
  })
  .superRefine(({ receivers }, context) => {
    for (const [name, one] of Object.entries(receivers)) {
      if (one.form === "mail" && (one.username === undefined) !== (one.secret === undefined))
        context.addIssue({
          code: "custom",
          path: ["receivers", name, "secret"],
          message: "`username` and `secret` belong together",
        });
    }
  });

/** Who is told of drills and alerts, every default filled in. */
export type Notify = z.infer<typeof notifySchema>;
/** One of them, without its name. */
export type Receiver = Notify["receivers"][string];

/** Which secret of the stacks' config each receiver needs, by the receiver's name; those that need none are left out. */
export function notifySecrets(notify: Notify | undefined): readonly (readonly [receiver: string, key: string])[] {
  return Object.entries(notify?.receivers ?? {}).flatMap(([name, { secret: key }]) =>
    key === undefined ? [] : [[name, key] as const],
  );
}
