import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../../lab/host/wait";
import { LAB_HOSTS, BRIDGE, REPLICATION_INTERFACE, HOST_A } from "../../lab/host/layout";
import { formsOf } from "./planted-secrets";

/** What the kernel may hold of packets that are not written yet: a base backup comes faster than a disk writes. */
const KIBIBYTES = "65536";

/** Everything that goes over the lab's two links, written to files until it is stopped. */
export interface Capture {
  /** Stops it. @returns the files, by link */
  stop(): Promise<Readonly<Record<"between the hosts" | "operator's", string>>>;
}

/**
 * Begins to capture: the link between the hosts, on one end of it, and the operator's, on the bridge that every packet of
 * the operator and of each host passes.
 * @throws Error when tcpdump does not begin
 */
export async function startCapture(folder: string): Promise<Capture> {
  const files = {
    "between the hosts": path.join(folder, "between.pcap"),
    "operator's": path.join(folder, "operator.pcap"),
  };
  const dump = (file: string, link: string): string[] => [
    "tcpdump",
    "-i",
    link,
    "-s",
    "0",
    "-B",
    KIBIBYTES,
    "-U",
    "-w",
    file,
    "-Z",
    "root",
  ];
  const between = [
    "nsenter",
    `--net=${HOST_A.namespaceFile}`,
    ...dump(files["between the hosts"], REPLICATION_INTERFACE),
  ];
  const running = [between, dump(files["operator's"], BRIDGE.name)].map(([program = "", ...words]): ChildProcess =>
    spawn(program, words, { stdio: "ignore" }),
  );
  const began = (): boolean =>
    Object.values(files).every((file) => statSync(file, { throwIfNoEntry: false }) !== undefined);
  if (!(await waitUntil(began, 10_000, 50))) throw new Error("tcpdump did not begin");
  return {
    stop: async () => {
      // The kernel hands packets over in blocks, each at the latest after a second: what it still holds is lost at the end.
      await sleep(2000);
      for (const one of running) {
        const ended = new Promise((resolve) => one.once("exit", resolve));
        one.kill("SIGINT");
        await ended;
      }
      return files;
    },
  };
}

/** No secret is longer than this, in any of its forms. */
const OVERLAP = 4096;
const PIECE = 16 * 1024 * 1024;

/** The names of what is in a captured file in the clear, in whatever form, and how many bytes were looked through. */
export function foundInCapture(
  file: string,
  secrets: Readonly<Record<string, string>>,
): { readonly names: readonly string[]; readonly bytes: number } {
  const needles = Object.entries(secrets).flatMap(([name, secret]) =>
    formsOf(secret).map((form) => [name, Buffer.from(form, "latin1")] as const),
  );
  const names = new Set<string>();
  const piece = Buffer.alloc(PIECE + OVERLAP);
  const fd = openSync(file, "r");
  let at = 0;
  try {
    for (;;) {
      const read = readSync(fd, piece, 0, piece.length, at);
      const text = piece.subarray(0, read);
      for (const [name, needle] of needles) if (!names.has(name) && text.includes(needle)) names.add(name);
      if (read < piece.length) return { names: [...names].sort(), bytes: at + read };
      at += PIECE;
    }
  } finally {
    closeSync(fd);
  }
}

/** The namespaces of both hosts, for what is sent from one of them. */
export function inHost(name: "host-a" | "host-b", ...words: string[]): readonly string[] {
  const host = LAB_HOSTS.find((one) => one.name === name) ?? HOST_A;
  return ["nsenter", `--net=${host.namespaceFile}`, ...words];
}
