import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../../src/commands/table.ts";

const CLI = fileURLToPath(new URL("../../../bin/inc.js", import.meta.url));
const { PATH, HOME, XDG_CACHE_HOME } = process.env;
const ENV = { PATH, HOME, XDG_CACHE_HOME };

interface Shown {
  readonly env?: Readonly<Record<string, string>>;
  /** Of a terminal; undefined: the output is a pipe. */
  readonly columns?: number;
}

/** What inc prints. A width in OCLIF_COLUMNS is left to oclif, and so is the help. */
function printed(args: readonly string[], { env = {}, columns }: Shown = {}): string {
  const options = { env: { ...ENV, ...env }, encoding: "utf8" } as const;
  if (columns === undefined) return execFileSync(process.execPath, [CLI, ...args], options);
  const line = `stty cols ${columns}; exec "${process.execPath}" "${CLI}" ${args.join(" ")}`;
  return execFileSync("script", ["-qec", line, "/dev/null"], options);
}

function printedByOclif(args: readonly string[], { env = {}, columns }: Shown = {}): string {
  const width = { OCLIF_COLUMNS: String(columns ?? 80) };
  return printed(args, { env: { ...env, ...width }, ...(columns === undefined ? {} : { columns }) });
}

const hasScript = spawnSync("script", ["--version"]).status === 0;

describe("help is what oclif prints", () => {
  for (const command of Object.keys(COMMANDS))
    it(`inc ${command} --help`, () => {
      expect(printed([command, "--help"])).toBe(printedByOclif([command, "--help"]));
    });

  it("however it is asked for", () => {
    const root = printedByOclif(["--help"]);
    for (const args of [[], ["-h"], ["--help"], ["help"]]) expect(printed(args)).toBe(root);
    const run = printedByOclif(["run", "--help"]);
    for (const args of [
      ["run", "-h"],
      ["help", "run"],
      ["run", "--json", "--help"],
    ])
      expect(printed(args)).toBe(run);
  });

  it.skipIf(!hasScript)("on terminals of any width (script)", () => {
    const env = { TERM: "xterm-256color" };
    for (const columns of [20, 59, 80, 133, 400])
      for (const args of [["--help"], ["run", "--help"]])
        expect(printed(args, { env, columns })).toBe(printedByOclif(args, { env, columns: Math.max(40, columns) }));
  });

  it("with and without styles", () => {
    const variables = [{ CI: "1" }, { COLORTERM: "truecolor" }, { CI: "1", NO_COLOR: "1" }, { FORCE_COLOR: "1" }];
    for (const env of variables) expect(printed(["run", "-h"], { env })).toBe(printedByOclif(["run", "-h"], { env }));
  });

  it.skipIf(!hasScript)("with and without styles on a terminal (script)", () => {
    const variables = [
      {},
      { TERM: "dumb" },
      { TERM: "xterm" },
      { TERM: "xterm", NO_COLOR: "1" },
      { TERM: "tmux", CI: "1" },
    ];
    for (const env of variables)
      for (const args of [["--help"], ["run", "--help"]])
        expect(printed(args, { env, columns: 90 })).toBe(printedByOclif(args, { env, columns: 90 }));
  });

  it("and a name that is no command is refused as ever", () => {
    for (const args of [
      ["help", "../package"],
      ["inc", "--help"],
      ["nope", "--help"],
    ]) {
      const { status, stderr } = spawnSync(process.execPath, [CLI, ...args], { env: ENV, encoding: "utf8" });
      expect(status).toBe(2);
      expect(stderr).toContain("error INC1003");
    }
  });
});
