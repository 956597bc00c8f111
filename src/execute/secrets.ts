import { closeSync, openSync, readSync, renameSync, statSync, writeSync } from "node:fs";
import type { Graph, Task } from "../model/graph.ts";

/** Shorter values are too common to be looked for in what a command prints. */
export const SHORTEST = 4;

const MASK = Buffer.from("***");
const CHUNK = 1024 * 1024;

/** Values of the secrets that a task sees, longest first. */
export function secretsOf(graph: Graph, task: Task): readonly Buffer[] {
  const names = Object.values(task.env).flatMap((binding) => (binding.kind === "env" ? [binding.name] : []));
  const values = graph.envs.flatMap((source) => {
    if (!source.secret || !names.includes(source.name)) return [];
    return process.env[source.name] ?? source.default ?? [];
  });
  return values
    .filter((value) => value.length >= SHORTEST)
    .sort((a, b) => b.length - a.length)
    .map((value) => Buffer.from(value));
}

/** Puts `***` in the place of every secret in a file. Gives the file's size then. */
export function maskSecrets(path: string, secrets: readonly Buffer[]): number {
  const longest = Math.max(0, ...secrets.map((secret) => secret.length));
  const from = openSync(path, "r");
  const masked = `${path}.masked`;
  const to = openSync(masked, "w", 0o600);
  try {
    const chunk = Buffer.alloc(CHUNK);
    let carried: Buffer = Buffer.alloc(0);
    for (;;) {
      const length = readSync(from, chunk, 0, CHUNK, null);
      const text = mask(Buffer.concat([carried, chunk.subarray(0, length)]), secrets);
      // The beginning of a secret may stand at the end.
      const whole = length === 0 ? text.length : Math.max(0, text.length - longest + 1);
      writeSync(to, text.subarray(0, whole));
      carried = text.subarray(whole);
      if (length === 0) break;
    }
  } finally {
    closeSync(from);
    closeSync(to);
  }
  renameSync(masked, path);
  return statSync(path).size;
}

function mask(text: Buffer, secrets: readonly Buffer[]): Buffer {
  return secrets.reduce((current: Buffer, secret) => {
    const pieces: Buffer[] = [];
    let at = 0;
    for (let found = current.indexOf(secret); found >= 0; found = current.indexOf(secret, at)) {
      pieces.push(current.subarray(at, found), MASK);
      at = found + secret.length;
    }
    return at === 0 ? current : Buffer.concat([...pieces, current.subarray(at)]);
  }, text);
}
