import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { INC, WIREIT } from "./tools.ts";
import { commitAll, writeJson } from "./turbo.ts";

/** Packages with one task each, beside the package whose task reads the tree. */
const PACKAGES = 100;
/** Files of a directory of the tree. */
const FILES_EACH = 100;
const TREE = "packages/tree";

/** What the measured task writes: nanoseconds since the epoch at which its command began. */
export const STAMP = `${TREE}/stamp.txt`;

/** A tool that watches a workspace of 101 tasks. */
export interface Watcher {
  readonly name: string;
  /** Why it is not measured; undefined: it is installed. */
  absent(): string | undefined;
  /** Writes its build files into a workspace. Also does all that it needs before it can watch. */
  prepare(root: string): void;
  command(): readonly [string, ...string[]];
  /** Environment variables beside the bench's own. */
  readonly env: Readonly<Record<string, string>>;
  /** The line that it prints when it is done; undefined: none. */
  readonly done?: RegExp;
}

/**
 * @param peers Directory below which npm has installed turbo and nx; undefined: from PATH.
 */
export function watchers(peers: string | undefined): readonly Watcher[] {
  return [incWatch(), wireitWatch(), turboWatch(peers), nxWatch(peers)];
}

/** Sources: one file a package, and a tree with the requested number of files. */
export function writeWorkspace(root: string, files: number): void {
  for (const name of names()) mkdirSync(join(root, "packages", name), { recursive: true });
  for (const name of names().slice(0, PACKAGES)) writeFileSync(join(root, `packages/${name}/src.txt`), `${name}\n`);
  for (let file = 0; file < files; file += 1) {
    const path = join(root, treeFile(file));
    if (file % FILES_EACH === 0) mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${file}\n`);
  }
}

export function treeFile(n: number): string {
  return `${TREE}/d${Math.floor(n / FILES_EACH)}/f${n % FILES_EACH}.txt`;
}

/** True once every task has made its output. */
export function isBuilt(root: string): boolean {
  return [...names().slice(0, PACKAGES)].every((name) => existsSync(join(root, `packages/${name}/out.txt`)));
}

function names(): string[] {
  return [...Array.from({ length: PACKAGES }, (_, n) => `t${n}`), "tree"];
}

function incWatch(): Watcher {
  const [node, cli] = INC.command;
  return {
    name: "inc watch",
    absent: INC.absent,
    command: () => [node, cli as string, "watch", "--json", "-j", "2"],
    env: {},
    done: /"kind":"watch-quiet"/,
    prepare(root) {
      writeJson(join(root, "package.json"), { type: "module" });
      writeFileSync(
        join(root, "pipeline.ts"),
        `import { file, files, out, sh, task } from "inc-run";
export const tasks = Array.from({ length: ${PACKAGES} }, (_, n) =>
  task(sh\`cksum \${file(\`packages/t\${n}/src.txt\`)} > \${out(\`packages/t\${n}/out.txt\`)}\`),
);
export const stamp = task(sh\`date +%s%N > \${out("${STAMP}")}\`, { inputs: [files("${TREE}/d*/*.txt")] });\n`,
      );
    },
  };
}

function wireitWatch(): Watcher {
  const make = (name: string): unknown =>
    name === "tree"
      ? { command: `date +%s%N > ${STAMP}`, files: [`${TREE}/d*/*.txt`], output: [STAMP] }
      : {
          command: `cksum packages/${name}/src.txt > packages/${name}/out.txt`,
          files: [`packages/${name}/src.txt`],
          output: [`packages/${name}/out.txt`],
        };
  return {
    name: "wireit --watch",
    absent: WIREIT.absent,
    command: () => ["npm", "run", "all", "--watch"],
    env: { WIREIT_PARALLEL: "2" },
    done: /(Ran|Already fresh|skipped) .*in [\d.]+s/,
    prepare(root) {
      writeJson(join(root, "package.json"), {
        name: "bench",
        version: "1.0.0",
        scripts: Object.fromEntries(["all", ...names()].map((name) => [name, "wireit"])),
        wireit: {
          all: { dependencies: names() },
          ...Object.fromEntries(names().map((name) => [name, make(name)])),
        },
      });
      symlinkSync(join(import.meta.dirname, "../../node_modules"), join(root, "node_modules"));
    },
  };
}

function turboWatch(peers: string | undefined): Watcher {
  return {
    name: "turbo watch",
    absent: () => absentPeer("turbo", peers),
    command: () => [peer("turbo", peers), "watch", "make", "--concurrency", "2"],
    env: { TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1" },
    prepare(root) {
      writePackages(root);
      const inputs = ["**/*.txt", "!out.txt", "!stamp.txt"];
      writeJson(join(root, "turbo.json"), { tasks: { make: { inputs, outputs: ["out.txt", "stamp.txt"] } } });
      commitAll(root, ["out.txt", "stamp.txt"]);
    },
  };
}

/** As documented: the daemon reports which package changed, and a new `nx` runs that package's task. */
function nxWatch(peers: string | undefined): Watcher {
  const env = { NX_DAEMON: "true", NX_NO_CLOUD: "true", NX_TUI: "false" };
  return {
    name: "nx watch",
    absent: () => absentPeer("nx", peers),
    command: () => [peer("nx", peers), "watch", "--all", "--", `${peer("nx", peers)} run $NX_PROJECT_NAME:make`],
    env,
    prepare(root) {
      writePackages(root);
      const inputs = ["{projectRoot}/**/*", "!{projectRoot}/out.txt", "!{projectRoot}/stamp.txt"];
      const outputs = ["{projectRoot}/out.txt", "{projectRoot}/stamp.txt"];
      writeJson(join(root, "nx.json"), { targetDefaults: { make: { cache: true, inputs, outputs } } });
      if (peers !== undefined) symlinkSync(join(peers, "node_modules"), join(root, "node_modules"));
      commitAll(root, ["out.txt", "stamp.txt"]);
      const begun = ["run-many", "-t", "make", "--parallel", "2"];
      // Without the daemon, which would escape the measurement.
      const run = { ...process.env, ...env, NX_DAEMON: "false" };
      execFileSync(peer("nx", peers), begun, { cwd: root, env: run, stdio: "ignore" });
    },
  };
}

/** Packages of npm with a script each for Turborepo, and a command each for Nx, which needs no npm for it. */
function writePackages(root: string): void {
  const version = "1.0.0";
  for (const name of names()) {
    const [make, into] = name === "tree" ? ["date +%s%N", "stamp.txt"] : ["cksum src.txt", "out.txt"];
    writeJson(join(root, `packages/${name}/package.json`), {
      name,
      version,
      scripts: { make: `${make} > ${into}` },
      nx: { targets: { make: { command: `${make} > ${into}`, options: { cwd: "{projectRoot}" } } } },
    });
  }
  const workspaces = ["packages/*"];
  const common = { name: "bench", version };
  writeJson(join(root, "package.json"), { ...common, private: true, packageManager: "npm@11.0.0", workspaces });
  const locked = names().flatMap((name) => [
    [`node_modules/${name}`, { resolved: `packages/${name}`, link: true }],
    [`packages/${name}`, { version }],
  ]);
  const packages = { "": { ...common, workspaces }, ...Object.fromEntries(locked) };
  writeJson(join(root, "package-lock.json"), { ...common, lockfileVersion: 3, requires: true, packages });
}

function peer(program: string, peers: string | undefined): string {
  return peers === undefined ? program : join(peers, "node_modules/.bin", program);
}

function absentPeer(program: string, peers: string | undefined): string | undefined {
  if (spawnSync(peer(program, peers), ["--version"]).status === 0) return undefined;
  return `absent: npm install --prefix DIRECTORY ${program}, then --peers DIRECTORY`;
}
