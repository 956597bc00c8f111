import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bootId, processNamespace, startTimeOf } from "../../src/host/process/identity.ts";
import { openedStore, withinTables } from "../support/store.ts";
import type { Opened } from "./opener.ts";

const PROCESSES = 6;
const ROUNDS = 30;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "inc-together-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A process that opens one store after the other. */
class Opener {
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(preload: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    const script = join(import.meta.dirname, "opener.ts");
    this.child = spawn(process.execPath, [...preload, script], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...env },
    });
    // A killed process reads no more.
    this.child.stdin?.on("error", () => {});
    this.#lines = createInterface({ input: this.child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  }

  /** Undefined: it was killed before it answered. */
  async open(store: string): Promise<Opened | undefined> {
    this.child.stdin?.write(`${store}\n`);
    const line = await this.#lines.next();
    return line.done === true ? undefined : (JSON.parse(line.value) as Opened);
  }

  close(): Promise<unknown> {
    return this.open("");
  }

  async end(): Promise<void> {
    this.child.stdin?.end();
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "exit");
  }
}

async function withOpeners(count: number, use: (openers: readonly Opener[]) => Promise<void>): Promise<void> {
  const openers = Array.from({ length: count }, () => new Opener());
  try {
    // They have loaded all code once each has answered.
    await Promise.all(openers.map((opener) => opener.close()));
    await use(openers);
  } finally {
    await Promise.all(openers.map((opener) => opener.end()));
  }
}

/** What lies in a store, without what it was set aside as. */
function asideIn(store: string): readonly string[] {
  return readdirSync(store).filter((name) => /^(damaged|outdated)-/.test(name));
}

describe("processes that open one store at the same time", () => {
  test("make one where there was none, and all have that one open", async () => {
    await withOpeners(PROCESSES, async (openers) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const store = join(directory, String(round), "deep", ".inc");
        const opened = await Promise.all(openers.map((opener) => opener.open(store)));
        expect([round, opened.map((one) => one?.codes)]).toEqual([round, openers.map(() => [])]);
        expect([round, new Set(opened.map((one) => one?.salt)).size]).toEqual([round, 1]);
        expect(asideIn(store)).toEqual([]);
        await Promise.all(openers.map((opener) => opener.close()));
        // Nothing is left of those that waited.
        expect(readdirSync(join(store, "open"))).toEqual([]);
      }
    });
  });

  test.each([
    ["damaged", "INC3003"],
    ["outdated", "INC3008"],
  ] as const)("set a store aside once if it is %s", async (why, code) => {
    await withOpeners(PROCESSES, async (openers) => {
      for (let round = 0; round < ROUNDS / 6; round += 1) {
        const store = join(directory, `${why}${round}`);
        await openedStore(store).close();
        if (why === "damaged") writeFileSync(join(store, "data.mdb"), Buffer.alloc(8192, 7));
        else await withinTables(store, ({ meta }) => meta.putSync("format", 1));
        const opened = await Promise.all(openers.map((opener) => opener.open(store)));
        expect([round, opened.flatMap((one) => one?.codes)]).toEqual([round, [code]]);
        expect([round, new Set(opened.map((one) => one?.salt)).size]).toEqual([round, 1]);
        expect(asideIn(store)).toHaveLength(1);
        await Promise.all(openers.map((opener) => opener.close()));
      }
    });
  });
});

test("a process does not close a store while another one opens it: it might destroy the locks that the other one is about to take", async () => {
  await withOpeners(2, async ([closer, busy]) => {
    const store = join(directory, "closing");
    await closer?.open(store);
    const lock = join(store, "open", "lock");
    const name = [process.pid, startTimeOf(process.pid), bootId(), processNamespace().replace(/\D/g, "")].join("_");
    symlinkSync(name, lock);
    let isClosed = false;
    const closing = closer?.close().then(() => {
      isClosed = true;
    });
    for (let round = 0; round < 20; round += 1) await busy?.open(join(directory, "elsewhere"));
    expect(isClosed).toBe(false);
    rmSync(lock);
    await closing;
  });
});

describe("a process that is killed while it makes a store", () => {
  test("leaves what the next one begins from, whichever of its file operations was the last", async () => {
    const preload = ["--import", join(import.meta.dirname, "../support/kill-at.mjs")];
    let killed = 0;
    for (let at = 1; ; at += 1) {
      const store = join(directory, String(at));
      const first = new Opener(preload, { KILL_AT: String(at) });
      const survived = await first.open(store);
      await first.end();
      if (survived !== undefined) break;
      killed += 1;
      const next = openedStore(store);
      expect([at, next.store.warnings, asideIn(store)]).toEqual([at, [], []]);
      expect([at, existsSync(join(store, "new"))]).toEqual([at, false]);
      await next.close();
    }
    expect(killed).toBeGreaterThan(8);
  });

  test("leaves no lock that the next one cannot remove, however many are killed one after the other", async () => {
    const preload = ["--import", join(import.meta.dirname, "../support/kill-at.mjs")];
    const store = join(directory, "again");
    let killed = 0;
    for (const at of [2, 3, 4, 5, 6])
      for (let time = 0; time < 6; time += 1) {
        const victim = new Opener(preload, { KILL_AT: String(at) });
        if ((await victim.open(store)) === undefined) killed += 1;
        await victim.end();
      }
    expect(killed).toBeGreaterThan(20);
    const next = openedStore(store);
    expect([next.store.warnings, asideIn(store)]).toEqual([[], []]);
    await next.close();
  });

  test("at any moment, beside others that go on", async () => {
    await withOpeners(2, async ([left, right]) => {
      for (let round = 0; round < 8; round += 1) {
        const store = join(directory, String(round));
        const victim = new Opener();
        await victim.close();
        mkdirSync(store);
        const going = [victim.open(store), left?.open(store), right?.open(store)];
        // Reached as soon as any of the three has begun with its files.
        while (readdirSync(store).length < round % 5) await new Promise(setImmediate);
        victim.child.kill("SIGKILL");
        const [, ...opened] = await Promise.all(going);
        expect([round, opened.map((one) => one?.codes)]).toEqual([round, [[], []]]);
        expect(new Set(opened.map((one) => one?.salt)).size).toBe(1);
        expect(asideIn(store)).toEqual([]);
        await victim.end();
      }
    });
  });
});

test("an empty file in place of the store's data, as a full disk leaves it, is no damage", async () => {
  const store = join(directory, "empty");
  mkdirSync(store);
  writeFileSync(join(store, "data.mdb"), "");
  const { store: begun, close } = openedStore(store);
  expect(begun.warnings).toEqual([]);
  await close();
  expect(existsSync(join(store, "clean"))).toBe(true);
});

test.each(["process.kill(process.pid, 'SIGKILL')", "process.exit(1)"])(
  "a search for damage that does not come to its end sets nothing aside: %s",
  async (end) => {
    const store = join(directory, "searched");
    await openedStore(store).close();
    rmSync(join(store, "clean"));
    const preload = join(directory, "preload.cjs");
    writeFileSync(preload, `if (/probe/.test(process.argv[1])) ${end};`);
    const opener = new Opener([], { NODE_OPTIONS: `--require ${preload}` });
    expect(await opener.open(store)).toEqual({ codes: ["INC3009"] });
    await opener.end();
    expect(asideIn(store)).toEqual([]);
    const again = openedStore(store);
    expect(again.store.warnings).toEqual([]);
    await again.close();
  },
);
