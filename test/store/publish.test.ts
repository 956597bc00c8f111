import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { realFiles } from "../../src/host/files/files.ts";
import { hasher } from "../../src/host/files/hash.ts";
import { type OpenedStore, openStore } from "../../src/store/open.ts";
import { isLinearizable, type Operation } from "../support/linearizable.ts";

interface Input {
  /** The version that a put was made from; absent: a read. */
  readonly base?: number;
}

interface Output {
  readonly kind: "read" | "put" | "merged" | "conflict";
  readonly n: number;
  readonly on?: number;
}

/** A register that holds the number of the latest version. */
function step(state: number, { base }: Input, { kind, n, on }: Output): number | undefined {
  if (kind === "read") return n === state ? state : undefined;
  if (kind === "conflict") return base !== state && n === state ? state : undefined;
  const follows =
    on === state && (kind === "put" ? base === state && n === state + 1 : base !== state && n === state + 2);
  return follows ? n : undefined;
}

describe("the checker", () => {
  const op = (called: number, returned: number, input: Input, output: Output): Operation<Input, Output> => ({
    called: BigInt(called),
    returned: BigInt(returned),
    input,
    output,
  });

  test("accepts what overlaps in any order, and refuses what real time or the register forbids", () => {
    const first = op(0, 10, { base: 0 }, { kind: "put", n: 1, on: 0 });
    expect(isLinearizable([first, op(5, 6, {}, { kind: "read", n: 0 })], 0, step)).toBe(true);
    expect(isLinearizable([first, op(5, 6, {}, { kind: "read", n: 1 })], 0, step)).toBe(true);
    expect(isLinearizable([first, op(11, 12, {}, { kind: "read", n: 0 })], 0, step)).toBe(false);
    const lost = op(2, 12, { base: 0 }, { kind: "put", n: 1, on: 0 });
    expect(isLinearizable([first, lost], 0, step)).toBe(false);
    const stale = [op(20, 21, {}, { kind: "read", n: 1 }), op(22, 23, {}, { kind: "read", n: 0 })];
    expect(isLinearizable([op(0, 30, { base: 0 }, { kind: "put", n: 1, on: 0 }), ...stale], 0, step)).toBe(false);
  });
});

const PUBLISHER = fileURLToPath(new URL("publisher.ts", import.meta.url));
const WRITERS = 4;
const PUTS = 100;

let directory: string;
let opened: OpenedStore;

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "inc-publish-")), "inc");
  const result = openStore(directory, { files: realFiles, hasher });
  if (!result.ok) throw new Error("no store");
  opened = result.value;
});

afterEach(async () => {
  await opened.close();
  rmSync(join(directory, ".."), { recursive: true, force: true });
});

async function publishAll(policy: "reject" | "merge"): Promise<Operation<Input, Output>[]> {
  const outputs = await Promise.all(
    ["a", "b"].map((name) =>
      promisify(execFile)(process.execPath, [PUBLISHER, directory, policy, name, String(WRITERS), String(PUTS)], {
        maxBuffer: 1e9,
      }),
    ),
  );
  return outputs.flatMap(({ stdout }) =>
    stdout
      .trim()
      .split("\n")
      .map((line) => {
        const { input, output, called, returned } = JSON.parse(line);
        return { input, output, called: BigInt(called), returned: BigInt(returned) };
      })
      .sort((a, b) => (a.called < b.called ? -1 : 1)),
  );
}

const byCall = (a: Operation<Input, Output>, b: Operation<Input, Output>): number => (a.called < b.called ? -1 : 1);

/** Keys of the latest version's document. */
function latestKeys(): string[] {
  const { store } = opened;
  const latest = store.history.latest("object:it");
  if (latest?.identity.type !== "file") throw new Error("nothing was published");
  return Object.keys(JSON.parse(String(store.blobs.read(latest.identity.digest))) as object);
}

test("two processes with four writers each, reject: linearizable, and no update is lost", async () => {
  const history = (await publishAll("reject")).sort(byCall);
  expect(isLinearizable(history, 0, step)).toBe(true);
  const accepted = history.filter(({ output }) => output.kind === "put");
  expect(history.filter(({ output }) => output.kind === "conflict").length).toBeGreaterThan(0);
  expect(latestKeys()).toHaveLength(accepted.length);
  expect(opened.store.history.count("object:it")).toBe(accepted.length);
});

test("the same with merge: every update is in the latest version, and versions have one order for all", async () => {
  const history = (await publishAll("merge")).sort(byCall);
  expect(isLinearizable(history, 0, step)).toBe(true);
  expect(history.filter(({ output }) => output.kind === "merged").length).toBeGreaterThan(0);
  expect(latestKeys()).toHaveLength(2 * WRITERS * PUTS);
  const versions = [...opened.store.history.since(0)];
  expect(versions.map(({ n }) => n)).toEqual(versions.map((_, i) => i + 1));
  for (const { cause, parents } of versions)
    expect(parents?.length ?? 0).toBe(
      { merged: 2, put: 1, proposed: 1 }[cause as "put"] - (parents === undefined ? 1 : 0),
    );
});
