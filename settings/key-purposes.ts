/** What a signing key is for: `lab` marks evidence of a rehearsal on one machine, so that nobody takes it for the real pair's. */
export const KEY_PURPOSES = ["production", "lab"] as const;

export type KeyPurpose = (typeof KEY_PURPOSES)[number];
