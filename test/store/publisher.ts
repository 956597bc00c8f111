import { setImmediate as turn } from "node:timers/promises";
import { realFiles } from "../../src/host/files/files.ts";
import { hasher } from "../../src/host/files/hash.ts";
import type { ObjectSource } from "../../src/model/graph.ts";
import { openStore } from "../../src/store/open.ts";
import { put } from "../../src/versions/put/put.ts";

/**
 * Writers in a process of their own: `publisher.ts DIRECTORY POLICY NAME WRITERS PUTS`. Prints one JSON line an operation:
 * what it did, what came of it, and when.
 */
const [, , directory = "", policy, name = "", writers, puts] = process.argv;
const conflict = policy === "reject" ? "reject" : ({ merge: "json" } as const);
const object: ObjectSource = { name: "it", conflict, keep: "all", location: { file: "", line: 1, column: 1 } };
const opened = openStore(directory, { files: realFiles, hasher });
if (!opened.ok) throw new Error("the store cannot be opened");
const { store } = opened.value;
const lines: string[] = [];

async function operate(input: object, act: () => Promise<object>): Promise<void> {
  const called = process.hrtime.bigint();
  const output = await act();
  lines.push(JSON.stringify({ input, output, called: String(called), returned: String(process.hrtime.bigint()) }));
}

async function write(writer: number): Promise<void> {
  let base = 0;
  for (let i = 0; i < Number(puts); i += 1) {
    const before = store.history.version("object:it", base);
    const old = before?.identity.type === "file" ? store.blobs.read(before.identity.digest) : undefined;
    const value = { ...(JSON.parse(old?.toString() ?? "{}") as object), [`${name}${writer}-${i}`]: i };
    const bytes = Buffer.from(JSON.stringify(value));
    await operate({ base }, async () => {
      const take = () => {
        const identity = { type: "file", digest: store.blobs.putBytes(bytes, true), executable: false } as const;
        return { ok: true, value: { identity, size: bytes.length } } as const;
      };
      const done = await put(store, { object, taken: take().value, again: take, ifVersion: base });
      if (done.kind === "conflict") return { kind: done.kind, n: done.latest?.n ?? 0 };
      return { kind: done.version.cause, n: done.version.n, on: done.version.parents?.[0] ?? 0 };
    });
    await turn();
    await operate({}, async () => {
      store.refresh();
      base = store.history.latest("object:it")?.n ?? 0;
      return { kind: "read", n: base };
    });
    await turn();
  }
}

await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => write(writer)));
await opened.value.close();
process.stdout.write(`${lines.join("\n")}\n`);
