import { findShell } from "./shell.ts";

/** The operating system and architecture, as a fingerprint tags them: `linux-x64`. */
export const PLATFORM = `${process.platform}-${process.arch}`;

/**
 * What fingerprints hold of the machine though no task declares it. What was found fresh by one machine is not known to be
 * fresh by another.
 */
export function machine(): string {
  return [PLATFORM, process.version, findShell().kind].join(" ");
}
