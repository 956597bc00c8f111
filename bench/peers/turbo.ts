import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Workload } from "../work/workload.ts";
import { installed, numberIn, ROOT, type Tool } from "./tools.ts";

/** The binary itself: `turbo` of npm is a script that starts it, with a Node that would be measured in its place. */
const BINARY = `@turbo/${process.platform}-${process.arch === "x64" ? "64" : process.arch}/bin/turbo`;

/** A package of a workspace for each step: `packages/t<n>`. */
export const TURBO: Tool = {
  name: "turbo",
  absent: () => installed(BINARY),
  place: (path) =>
    path
      .replace(/^src\/(\d+)\.txt$/, "packages/t$1/src.txt")
      .replace(/^build\/d?(\d+)\.txt$/, "packages/t$1/out.txt")
      .replace(/^tree\/d(\d+)/, "packages/t$1/tree"),
  command: [join(ROOT, "node_modules", BINARY), "run", "make", "--concurrency", "2", "--output-logs", "errors-only"],
  env: {
    PATH: `${join(ROOT, "bench/stand-in")}:${process.env["PATH"]}`,
    TURBO_TELEMETRY_DISABLED: "1",
    TURBO_NO_UPDATE_NOTIFIER: "1",
  },
  prepare(workload, root) {
    const common = { name: "bench", private: true, packageManager: "bun@1.2.0", workspaces: ["packages/*"] };
    writeJson(join(root, "package.json"), common);
    const inputs = ["src.txt", "tree/**/*.txt"];
    writeJson(join(root, "turbo.json"), { tasks: { make: { dependsOn: ["^make"], inputs, outputs: ["out.txt"] } } });
    writePackages(workload, root);
    commitAll(root, ["out.txt"]);
  },
  ran: (text) => numberIn(text, /Tasks:.*, (\d+) total/) - numberIn(text, /Cached: +(\d+) cached/),
};

function writePackages({ steps }: Workload, root: string): void {
  const producer = new Map(steps.map(({ output, name }) => [output, name]));
  const version = "1.0.0";
  const workspaces: Record<string, unknown> = { "": { name: "bench" } };
  const packages: Record<string, readonly string[]> = {};
  for (const { name, command, reads } of steps) {
    const before = reads.flatMap((path) => producer.get(path) ?? []);
    const content = { name, version, dependencies: Object.fromEntries(before.map((other) => [other, "*"])) };
    const directory = join(root, "packages", name);
    mkdirSync(directory, { recursive: true });
    writeJson(join(directory, "package.json"), { ...content, scripts: { make: command } });
    writeFileSync(join(directory, "make.sh"), `cd ../.. && ${command}\n`);
    workspaces[`packages/${name}`] = content;
    packages[name] = [`${name}@workspace:packages/${name}`];
  }
  writeJson(join(root, "bun.lock"), { lockfileVersion: 1, workspaces, packages });
}

/** Turborepo and Nx list files with git, which is fastest for committed files. */
export function commitAll(root: string, outputs: readonly string[]): void {
  writeFileSync(join(root, ".gitignore"), [...outputs, "node_modules", ".turbo", ".nx", ""].join("\n"));
  const git = ["-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "gc.auto=0"];
  for (const args of [
    ["init", "-q"],
    ["add", "-A"],
    [...git, "commit", "-qm", "sources"],
  ])
    execFileSync("git", args, { cwd: root });
}

export function writeJson(path: string, content: unknown): void {
  writeFileSync(path, JSON.stringify(content));
}
