import { z } from "zod";
import { OTHER_KEYS } from "./applications";

/** Where PagerDuty takes events of its API v2; those of Europe go to another host. */
const PAGERDUTY_EVENTS = "https://events.pagerduty.com/v2/enqueue";

const secret = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]{0,62}$/, "the name of a secret in namespace understudy of both stacks' config")
  .refine((key) => !OTHER_KEYS.includes(key), "a secret of the receiver's own, not one of ours");

const webUrl = z.string().regex(/^https?:\/\/[^\s/?#]+\S*$/, "an http:// or https:// URL");
const mailAddress = z.string().regex(/^[^\s<>@,]+@[^\s<>@,]+$/, "a mail address, without a name");

/** What a receiver may have in the file; which of it belongs to its form, `formSchema` says. */
const receiver = z
  .strictObject({
    form: z
      .enum(["webhook", "slack", "pagerduty", "mail"])
      .describe(
        "`webhook` a JSON object by HTTP POST; `slack` an incoming webhook of Slack or of what takes the same; `pagerduty` its Events API v2; `mail` SMTP",
      ),
    secret: secret
      .optional()
      .describe(
        "which secret of both stacks' config is the URL of a `webhook` or of `slack`, the integration key of `pagerduty`, or the password of `username`",
      ),
    channel: z.string().min(1).optional().describe("`slack` only: channel; default: the webhook's own"),
    endpoint: webUrl.optional().describe(`\`pagerduty\` only: where events go; default: \`${PAGERDUTY_EVENTS}\``),
    to: z.array(mailAddress).min(1).optional().describe("`mail` only: whom it goes to"),
    from: mailAddress.optional().describe("`mail` only: whom it comes from"),
    smarthost: z
      .string()
      .regex(/^[A-Za-z0-9.-]+:[1-9][0-9]{0,4}$/, "host:port, such as mail.example:587")
      .optional()
      .describe("`mail` only: the mail server; port 465 is encrypted from the start, any other by STARTTLS"),
    username: z.string().min(1).optional().describe("`mail` only: who logs in there; without it nobody does"),
    encryption: z
      .enum(["required", "none"])
      .optional()
      .describe("`mail` only: `none` is for a mail server on the same machine; default: `required`"),
    deadman: z
      .boolean()
      .default(false)
      .describe(
        "a watcher outside: it gets the alert `Watchdog` again and again, and nothing else; its silence says that nobody watches",
      ),
  })
  .superRefine((one, context) => {
    for (const { path, message } of formSchema.safeParse(one).error?.issues ?? [])
      context.addIssue({ code: "custom", path: [...path], message: `as \`${one.form}\` has it: ${message}` });
    if (one.form === "mail" && (one.username === undefined) !== (one.secret === undefined))
      context.addIssue({ code: "custom", path: ["secret"], message: "`username` and `secret` belong together" });
  });

const deadman = z.boolean();
const formSchema = z.discriminatedUnion("form", [
  z.strictObject({ form: z.literal("webhook"), secret: z.string(), deadman }),
  z.strictObject({ form: z.literal("slack"), secret: z.string(), channel: z.string().optional(), deadman }),
  z.strictObject({
    form: z.literal("pagerduty"),
    secret: z.string(),
    endpoint: z.string().default(PAGERDUTY_EVENTS),
    deadman,
  }),
  z.strictObject({
    form: z.literal("mail"),
    to: z.array(z.string()),
    from: z.string(),
    smarthost: z.string(),
    username: z.string().optional(),
    secret: z.string().optional(),
    encryption: z.enum(["required", "none"]).default("required"),
    deadman,
  }),
]);

/** The section `notify` of an environment file. */
export const notifySchema = z.strictObject({
  receivers: z
    .record(z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, "lower-case letters, digits and hyphens, at most 31"), receiver)
    .describe("who is told of drills and alerts, by name"),
  reports_url: webUrl
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
    .describe("longest time that a drill silences alerts of the pair; it ends the silence itself; 0: it silences none"),
});

/** Who is told of drills and alerts, every default filled in. */
export type Notify = z.infer<typeof notifySchema>;
/** One of them, without its name: what its form has, every default filled in. */
export type Receiver = z.infer<typeof formSchema>;

/** The receivers with their names. */
export function receiversOf(notify: Notify): readonly (readonly [name: string, receiver: Receiver])[] {
  return Object.entries(notify.receivers).map(([name, one]) => [name, formSchema.parse(one)] as const);
}

/** Which secret of the stacks' config each receiver needs, by the receiver's name; those that need none are left out. */
export function notifySecrets(notify: Notify | undefined): readonly (readonly [receiver: string, key: string])[] {
  return Object.entries(notify?.receivers ?? {}).flatMap(([name, { secret: key }]) =>
    key === undefined ? [] : [[name, key] as const],
  );
}
