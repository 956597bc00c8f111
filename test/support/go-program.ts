import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A program, or why there is none. */
export type FoundProgram = { readonly program: string } | { readonly missing: string };

/** Without optimisation and debug information, which take longer than they save the tests: versitygw in some 85 s of CPU in place of 138. */
const QUICK = ["-gcflags=all=-N -l -dwarf=false", "-ldflags=-s -w"];

/**
 * A program that Go builds, once for all test runs, beside the node modules.
 * @param name Of the file that Go makes.
 * @param module Its package, with the version: `example.com/tool/cmd/tool@v1.2.3`.
 */
export function goProgram(name: string, module: string): FoundProgram {
  const version = module.slice(module.indexOf("@") + 1);
  const installed = fileURLToPath(new URL(`../../node_modules/.cache/inc-${name}-${version}`, import.meta.url));
  const program = join(installed, name);
  if (existsSync(program)) return { program };
  const work = `${installed}.${process.pid}`;
  try {
    mkdirSync(work, { recursive: true });
    const env = { ...process.env, GOBIN: work, GOFLAGS: "-trimpath", CGO_ENABLED: "0" };
    const [command = "go", ...args] = [...oneAtATime(), "go", "install", ...QUICK, module];
    execFileSync(command, args, { env, stdio: "pipe" });
    renameSync(work, installed);
    return { program };
  } catch (error) {
    const [why] = (error as Error).message.split("\n");
    return { missing: `${name} is not installed, and Go cannot build it: ${why}` };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Go's cache spares the second of two test files the work of the first, unless both begin it at once. */
function oneAtATime(): readonly string[] {
  const lock = ["flock", join(tmpdir(), "inc-go-install.lock")];
  return spawnSync("flock", ["--version"]).status === 0 ? lock : [];
}
