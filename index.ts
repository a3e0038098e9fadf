import * as pulumi from "@pulumi/pulumi";
const x: number = 3;
export const y = pulumi.output(x);
