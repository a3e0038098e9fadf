import type { LabStatus, PartStatus } from "./status";

function row(cells: readonly string[]): string {
  return cells
    .map((cell, index) => cell.padEnd([10, 24, 14][index] ?? 0))
    .join(" ")
    .trimEnd();
}

function partRow(host: string, name: string, part: PartStatus): string {
  return row([host, name, part.ok ? "up" : "MISSING", part.reason ?? ""]);
}

function sum({ up, faults }: LabStatus): string {
  if (faults.length > 0) return "The lab is broken on purpose; next: understudy lab heal";
  return up ? "The lab is up." : "The lab is not up; next: understudy lab up";
}

/** The lab's status as lines for a person: one line a part and a container, a reason beside whatever is wrong. */
export function statusTable(status: LabStatus): readonly string[] {
  const lab = [
    ...status.network.map((part) => partRow("lab", part.name, part)),
    partRow("lab", `registry ${status.registry.address}`, status.registry),
  ];
  const hosts = status.hosts.flatMap((host) => [
    partRow(host.name, `engine ${host.address}`, host.engine),
    partRow(host.name, "sshd", host.sshd),
    partRow(host.name, "disk", host.disk),
    ...host.containers.map((one) => row([host.name, one.name, one.state, one.health ?? ""])),
  ]);
  const faults = status.faults.map((one) => row([one.host ?? "pair", one.name, "FAULT", one.sentence]));
  return [row(["where", "what", "state", "detail"]), ...lab, ...hosts, ...faults, sum(status)];
}
