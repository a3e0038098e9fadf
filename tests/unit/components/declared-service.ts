import { expect } from "chai";
import type * as pulumi from "@pulumi/pulumi";
import type { ServiceArgs } from "../../../components/service-args";
import { filePath } from "../../../settings/names";
import type { ServiceName } from "../../../settings/services";
import { declaredBy, type Declared } from "./mocked-engine";
import { sampleArgs, sampleEnvironment } from "./sample";

interface Upload {
  readonly file: string;
  readonly content: string;
  readonly permissions: string;
}

interface ServiceFile {
  readonly name: string;
  readonly content: string;
  readonly onChange: string;
}

/** One service as the engine saw it, its parts by kind. */
export interface DeclaredService {
  readonly component: Declared;
  readonly image: Declared;
  readonly volume: Declared;
  readonly container: Declared;
  readonly uploads: Readonly<Record<string, string>>;
  /** What fills the volume of its passwords and settings. */
  readonly hostFiles: Declared;
  readonly filesVolume: Declared;
  /** Passwords and settings, by the place at which the container finds them. */
  readonly files: Readonly<Record<string, string>>;
  /** The places of those that do not replace the container. */
  readonly reloaded: readonly string[];
}

type Component = pulumi.ComponentResource & { readonly container: pulumi.Resource };

/** Declares one service named `svc` and returns its parts; fails when there are other children than exactly these. */
export async function declareService(
  service: ServiceName,
  make: (args: ServiceArgs) => Component,
  args: () => ServiceArgs = () => sampleArgs(sampleEnvironment(2), service),
): Promise<DeclaredService> {
  const all = await declaredBy(() => {
    const component = make(args());
    return [component, component.container];
  });
  const find = (type: string, name?: string): Declared => {
    const found = all.filter((one) => one.type === type && (name === undefined || one.name === name));
    expect(
      found.map((one) => one.name),
      type,
    ).to.have.length(1);
    return found[0] as Declared;
  };
  const container = find("docker:index/container:Container");
  const component = all.find((one) => one.urn === container.parent) as Declared;
  const children = all.filter((one) => one.parent === component.urn).map((one) => `${one.type} ${one.name}`);
  expect(children).to.have.members([
    "docker:index/remoteImage:RemoteImage svc-image",
    "docker:index/volume:Volume svc-data",
    "docker:index/volume:Volume svc-files-volume",
    "pulumi-nodejs:dynamic/understudy:HostFiles svc-files",
    "docker:index/container:Container svc-container",
  ]);
  const uploads = container.inputs["uploads"] as Upload[];
  const hostFiles = find("pulumi-nodejs:dynamic/understudy:HostFiles");
  const files = hostFiles.inputs["files"] as ServiceFile[];
  return {
    component,
    image: find("docker:index/remoteImage:RemoteImage"),
    volume: find("docker:index/volume:Volume", "svc-data"),
    filesVolume: find("docker:index/volume:Volume", "svc-files-volume"),
    hostFiles,
    container,
    uploads: Object.fromEntries(uploads.map((one) => [one.file, one.content])),
    files: Object.fromEntries(files.map(({ name, content }) => [filePath(name), content])),
    reloaded: files.filter(({ onChange }) => onChange === "reload").map(({ name }) => filePath(name)),
  };
}

/** The volumes of a container that has its own data and its files, and nothing else. */
export function ownVolumes(service: ServiceName, dataFolder: string): readonly object[] {
  return [
    { volumeName: `understudy-${service}-data`, containerPath: dataFolder },
    { volumeName: `understudy-${service}-files`, containerPath: "/understudy/files", readOnly: true },
  ];
}

/** The container's variables as a record. */
export function variables(container: Declared): Record<string, string> {
  return Object.fromEntries(
    (container.inputs["envs"] as string[]).map((one) => {
      const at = one.indexOf("=");
      return [one.slice(0, at), one.slice(at + 1)];
    }),
  );
}
