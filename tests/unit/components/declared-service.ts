import { expect } from "chai";
import type * as pulumi from "@pulumi/pulumi";
import type { ServiceArgs } from "../../../components/service-args";
import type { ServiceName } from "../../../settings/services";
import { declaredBy, type Declared } from "./mocked-engine";
import { sampleArgs, sampleEnvironment } from "./sample";

interface Upload {
  readonly file: string;
  readonly content: string;
  readonly permissions: string;
}

/** One service as the engine saw it, its parts by kind. */
export interface DeclaredService {
  readonly component: Declared;
  readonly image: Declared;
  readonly volume: Declared;
  readonly container: Declared;
  readonly uploads: Readonly<Record<string, string>>;
  /** Files whose content was marked secret. */
  readonly secretFiles: readonly string[];
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
  const find = (type: string): Declared => {
    const found = all.filter((one) => one.type === type);
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
    "docker:index/container:Container svc-container",
  ]);
  const files = container.inputs["uploads"] as Upload[];
  return {
    component,
    image: find("docker:index/remoteImage:RemoteImage"),
    volume: find("docker:index/volume:Volume"),
    container,
    uploads: Object.fromEntries(files.map((one) => [one.file, one.content])),
    secretFiles: container.secretInputs.map((at) => {
      const [, index, field] = /^uploads\.(\d+)\.(content)$/.exec(at) ?? [];
      expect(field, `secret input ${at}`).to.equal("content");
      return (files[Number(index)] as Upload).file;
    }),
  };
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
