import { fstatSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Attempt } from "../../../src/execute/executor.ts";
import { executeFunction } from "../../../src/execute/worker/execute.ts";
import { WorkerPool } from "../../../src/execute/worker/pool.ts";
import type { Worker } from "../../../src/execute/worker/worker.ts";
import type { Digest } from "../../../src/model/digest.ts";
import type { FunctionAction } from "../../../src/model/task/action.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "inc-execute-"));
});

afterEach(() => rmSync(root, { recursive: true }));

class Watched extends WorkerPool {
  readonly taken: Worker[] = [];

  override take(code: Digest): Worker {
    const worker = super.take(code);
    this.taken.push(worker);
    return worker;
  }
}

test("a process is let go when the log of its attempt cannot be opened", async () => {
  const pool = new Watched(join(root, "tmp"));
  const log = join(root, "log");
  mkdirSync(log);
  const attempt = { id: "a", command: {}, log, signal: new AbortController().signal } as unknown as Attempt;
  const action = { code: { digest: "d" } } as unknown as FunctionAction;
  const place = { root, temporary: join(root, "tmp") } as never;
  await expect(executeFunction(attempt, action, place, pool)).rejects.toThrow("EISDIR");
  expect(pool.taken).toHaveLength(1);
  expect(() => fstatSync((pool.taken[0] as Worker).output)).toThrow("EBADF");
});
