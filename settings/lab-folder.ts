/** Everything the lab keeps on its machine, images apart, lies under this one folder; `lab down` removes it. */
export const LAB_FOLDER = "/var/lib/understudy-lab";

/** The lab's own Pulumi project: it is there exactly where the machine has a lab. */
export const LAB_PROJECT = `${LAB_FOLDER}/project`;
