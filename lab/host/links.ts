import { z } from "zod";
import { BRIDGE, LAB_SUBNET } from "./layout";

const linkSchema = z.object({
  ifname: z.string(),
  flags: z.array(z.string()).default([]),
  master: z.string().optional(),
  addr_info: z.array(z.object({ local: z.string().optional(), prefixlen: z.number() })).default([]),
});

/** One network interface, as `ip -json address` shows it. */
export type Link = z.infer<typeof linkSchema>;

/** Reads the output of `ip -json address`; the empty objects that some versions print for filtered links are dropped. */
export function parseLinks(json: string): readonly Link[] {
  const entries = z.array(z.looseObject({ ifname: z.string().optional() })).parse(JSON.parse(json || "[]"));
  return entries.filter((entry) => entry.ifname !== undefined).map((entry) => linkSchema.parse(entry));
}

/** What is wrong with a link that should be up, carry `address` and hang on `master`; undefined when nothing is. */
export function linkFault(
  links: readonly Link[],
  name: string,
  want: { address?: string; prefix?: number; master?: string },
): string | undefined {
  const link = links.find((one) => one.ifname === name);
  if (link === undefined) return `${name} is missing`;
  if (!link.flags.includes("UP")) return `${name} is down`;
  if (want.master !== undefined && link.master !== want.master) return `${name} is not on ${want.master}`;
  const found = link.addr_info.some((one) => one.local === want.address && one.prefixlen === want.prefix);
  return want.address === undefined || found ? undefined : `${name} lacks ${want.address}`;
}

/** Links outside the lab that already use an address of the lab's network. */
export function foreignAddresses(links: readonly Link[]): readonly string[] {
  const prefix = LAB_SUBNET.replace(/\.0\/24$/, ".");
  return links
    .filter((link) => link.ifname !== BRIDGE.name)
    .filter((link) => link.addr_info.some((one) => one.local?.startsWith(prefix) === true))
    .map((link) => link.ifname);
}
