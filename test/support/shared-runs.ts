import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { afterEach, beforeEach } from "vitest";
import { Rig } from "./rig.ts";
import type { Outcome } from "./running.ts";
import { SharedDirectory } from "./shared-directory.ts";

/** What a run with a shared cache did. */
export interface SharedRun {
  readonly code: number | null;
  /** `task: result`, sorted. */
  readonly results: readonly string[];
  /** Codes of the diagnostics. */
  readonly warnings: readonly string[];
  readonly messages: readonly string[];
  readonly stderr: string;
}

interface Line {
  readonly kind: string;
  readonly task?: string;
  readonly result?: string;
  readonly diagnostic?: { readonly code: string; readonly message: string };
}

/** Checkouts of a pipeline in workspaces of their own. */
export class Checkouts {
  readonly #rigs: Rig[] = [];

  async make(manifest: string, files: Readonly<Record<string, string>> = {}): Promise<Rig> {
    const rig = await Rig.create(manifest);
    this.#rigs.push(rig);
    for (const [path, text] of Object.entries(files)) rig.write(path, text);
    return rig;
  }

  async close(): Promise<void> {
    for (const rig of this.#rigs) await rig.close();
  }
}

/** Gives each test of a file a shared directory and checkouts of its own, and removes them behind it. */
export function sharedForEachTest(
  take: (made: { readonly shared: SharedDirectory; readonly checkouts: Checkouts }) => void,
): void {
  let shared: SharedDirectory;
  let checkouts: Checkouts;
  beforeEach(() => {
    shared = new SharedDirectory();
    checkouts = new Checkouts();
    take({ shared, checkouts });
  });
  afterEach(async () => {
    await checkouts.close();
    shared.close();
  });
}

/** Runs with INC_REMOTE and reports what was decided. */
export async function runShared(
  rig: Rig,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<SharedRun> {
  const { code, stdout, stderr } = await rig.start(["run", "--json", ...args], { env }).ended;
  const lines = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
  const diagnostics = lines.flatMap(({ diagnostic }) => diagnostic ?? []);
  return {
    code,
    stderr,
    results: lines
      .filter(({ kind }) => kind === "task-ended")
      .map(({ task, result }) => `${task}: ${result}`)
      .sort(),
    warnings: diagnostics.map((diagnostic) => diagnostic.code),
    messages: diagnostics.map(({ message }) => message),
  };
}

/** Runs `inc cache …`. */
export function cache(rig: Rig, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return rig.start(["cache", ...args], { env }).ended;
}

/** What `inc cache … --json` says. */
export async function cacheJson<T>(
  rig: Rig,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<T> {
  const { stdout, stderr } = await cache(rig, [...args, "--json"], env);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

/** Those that ran. */
export function ran({ results }: SharedRun): readonly string[] {
  return results.flatMap((line) => (line.endsWith(": ran") ? [line.slice(0, -5)] : []));
}

/** A pair of keys to sign results with, in base64 of the DER. */
interface Keys {
  readonly public: string;
  readonly private: string;
}

export function makeKeys(): Keys {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const text = (key: KeyObject, type: "spki" | "pkcs8"): string =>
    key.export({ format: "der", type }).toString("base64");
  return { public: text(publicKey, "spki"), private: text(privateKey, "pkcs8") };
}
