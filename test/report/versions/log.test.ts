import { expect, test } from "vitest";
import type { Digest } from "../../../src/model/digest.ts";
import { formatSize } from "../../../src/report/text/size.ts";
import { localTime } from "../../../src/report/text/time.ts";
import { renderLog } from "../../../src/report/versions/log.ts";
import type { LogEntry } from "../../../src/versions/log.ts";

const entry = (n: number, more: Partial<LogEntry> = {}): LogEntry => ({
  name: "数据 \u001b[31m.csv",
  n,
  seq: n,
  identity: { type: "file", digest: "ab".repeat(32) as Digest, executable: false },
  size: 1_234,
  cause: "made",
  task: "clean[数据]",
  manifest: "pipeline.ts",
  run: "20260101T000000000-abcdef",
  time: 0,
  latest: false,
  kept: true,
  ...more,
});

const versions = [entry(3, { cause: "used", task: "t" }), entry(2)];
const time = localTime(0);

test("columns are aligned by their width on a terminal, and no name moves its cursor", () => {
  expect(renderLog({ name: "数据 \u001b[31m.csv", count: 3, versions }, { color: false, columns: 200 })).toEqual([
    "数据 \\u001b[31m.csv",
    `  @3  ${time}  used by t            1.2 KiB  abababababab  20260101T000000000-abcdef`,
    `  @2  ${time}  made by clean[数据]  1.2 KiB  abababababab  20260101T000000000-abcdef`,
    "  and 1 more",
  ]);
});

test("no line is wider than the terminal", () => {
  const lines = renderLog({ name: "数据.csv", count: 3, versions }, { color: false, columns: 42 });
  expect(lines).toEqual(["数据.csv", `  @3  ${time}  used by …`, `  @2  ${time}  made by …`, "  and 1 more"]);
});

test("times are local, with their offset", () => {
  const zone = process.env["TZ"];
  try {
    for (const [name, expected] of [
      ["Asia/Kolkata", "1970-01-01T05:30:00+05:30"],
      ["America/St_Johns", "1969-12-31T20:30:00-03:30"],
      ["UTC", "1970-01-01T00:00:00+00:00"],
    ] as const) {
      process.env["TZ"] = name;
      expect(localTime(0)).toBe(expected);
    }
  } finally {
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
  }
});

test("sizes are in units of 1024", () => {
  expect([0, 1023, 1024, 1536, 102_400, 1_048_575, 1_048_576, 5e12].map(formatSize)).toEqual([
    "0 B",
    "1023 B",
    "1.0 KiB",
    "1.5 KiB",
    "100 KiB",
    "1.0 MiB",
    "1.0 MiB",
    "4.5 TiB",
  ]);
});
