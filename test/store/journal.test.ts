import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bootId, startTimeOf } from "../../src/host/process/identity.ts";
import { temporaryToken } from "../../src/store/blobs/temporary.ts";
import { Journal } from "../../src/store/journal.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "inc-journal-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

test("what was begun and not ended is open, with the process that was started for it", () => {
  const journal = new Journal(directory);
  journal.begin("a", ["build/a"]);
  journal.begin("b", []);
  journal.spawned("a", process.pid);
  journal.end("b");
  journal.close();
  const later = new Journal(directory);
  const startTime = startTimeOf(process.pid);
  expect(later.openIntents()).toEqual([
    { attempt: "a", outputs: ["build/a"], boot: bootId(), token: temporaryToken(), pid: process.pid, startTime },
  ]);
  later.close();
});

test("a line that was torn by a crash is as if it had not been written", () => {
  const journal = new Journal(directory);
  journal.begin("a", ["x"]);
  journal.close();
  appendFileSync(join(directory, "journal"), '{"end":"a');
  const later = new Journal(directory);
  expect(later.openIntents().map(({ attempt }) => attempt)).toEqual(["a"]);
  later.clear();
  expect(later.openIntents()).toEqual([]);
  later.close();
});

test("the file is empty again when nothing is open", () => {
  const journal = new Journal(directory);
  journal.begin("a", []);
  journal.end("a");
  journal.close();
  expect(readFileSync(join(directory, "journal"), "utf8")).toBe("");
});

test("on a full disk a line is written as a whole or refused, and those that follow count", (context) => {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=24k", "none", directory], { stdio: "ignore" });
  } catch {
    context.skip("to mount a small disk takes root");
  }
  try {
    const journal = new Journal(directory);
    const begun: string[] = [];
    const begin = (attempt: string): void => {
      journal.begin(attempt, ["x".repeat(3000)]);
      begun.push(attempt);
    };
    expect(() => {
      for (let i = 0; i < 30; i += 1) begin(`${i}`);
    }).toThrow(expect.objectContaining({ diagnostics: [expect.objectContaining({ code: "INC3004" })] }));
    execFileSync("mount", ["-o", "remount,size=64k", directory]);
    begin("later");
    journal.end("0");
    journal.close();
    const later = new Journal(directory);
    expect(later.openIntents().map(({ attempt }) => attempt)).toEqual(begun.slice(1));
    later.close();
  } finally {
    execFileSync("umount", ["--lazy", directory]);
  }
});
