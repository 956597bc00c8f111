import { execFileSync } from "node:child_process";
import { VERSION } from "../../../src/host/inc-version.ts";
import { Rig } from "../../support/rig.ts";

export const TASK = 'export const a = task(sh`echo a > ${out("build/a")}`);';
export const WITH_INC = JSON.stringify({ type: "module", devDependencies: { "inc-run": VERSION } });
export const KEY = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";

/** Where a command is started. */
export interface Place {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A pipeline with one task in a repository of its own. */
export async function createRepository(): Promise<Rig> {
  const rig = await Rig.create(TASK);
  git(rig, "init", "--quiet", "--initial-branch=main");
  return rig;
}

export function git(rig: Rig, ...args: readonly string[]): void {
  execFileSync("git", args, { cwd: rig.root, stdio: "pipe" });
}

/** @param remote As it stands in `config()`. */
export function withRemote(rig: Rig, remote: string): void {
  rig.manifest(`${TASK}\nexport default config({ remote: ${remote} });`);
}
