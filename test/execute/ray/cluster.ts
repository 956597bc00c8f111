import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { patiently } from "../../support/patience.ts";

/** The versions that the tests install. */
const PACKAGES = ["ray==2.60.0", "mypy==2.4.1", "ruff==0.17.6"];
const CACHE = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "inc-tests");

export const HEAD = "10.77.0.1:6379";

/** Why there can be no cluster here; undefined: there can be one. */
export function whyNoCluster(): string | undefined {
  if (process.platform !== "linux") return "it needs network namespaces, which Linux has";
  const separate = spawnSync("unshare", ["-n", "-p", "-m", "--fork", "--mount-proc", "ip", "link"]);
  if (separate.status !== 0) return "it needs the right to make namespaces, and ip(8)";
  const python = spawnSync("python3", ["-c", "import sys, venv; sys.exit(sys.version_info < (3, 10))"]);
  return python.status === 0 ? undefined : "it needs Python 3.10 or newer with venv";
}

/** Absolute path of a virtual environment with Ray, installed once. Throws where the registry is not reached. */
export function rayEnvironment(): string {
  mkdirSync(CACHE, { recursive: true });
  const path = join(CACHE, PACKAGES.join("-").replaceAll("==", "-"));
  const install = `[ -e ${path}/done ] || { rm -rf ${path}; python3 -m venv ${path} && ${path}/bin/pip install -q --no-compile ${PACKAGES.join(" ")} && touch ${path}/done; }`;
  execFileSync("flock", [`${path}.lock`, "sh", "-c", install], { stdio: ["ignore", "ignore", "pipe"] });
  return path;
}

/** How long its start may take, in seconds: on a machine that has other work Ray gives up on a node after half a minute, and it is started anew. */
const START = 240;

const NODES = ["alpha", "beta", "gamma"] as const;
export type NodeName = (typeof NODES)[number];

/** What differs from the usual cluster. */
export interface ClusterSettings {
  /** Variables of all of its processes, and of its Python. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the object store of each of the three nodes holds. */
  readonly storeBytes?: number;
}

/** A Ray cluster of three nodes in namespaces of its own: an address for each, and nothing of it outlives this process. */
export class RayCluster {
  /** Absolute path of a Python that is on the node alpha. */
  readonly python: string;
  /** Absolute path of the directory for temporary files of all nodes. */
  readonly temporary: string;
  readonly #directory: string;
  readonly #process: ChildProcess;

  private constructor(directory: string, process: ChildProcess) {
    this.#directory = directory;
    this.#process = process;
    this.python = join(directory, "python");
    this.temporary = join(directory, "tmp");
    mkdirSync(this.temporary);
    // A program that the nodes have otherwise than this machine.
    mkdirSync(join(directory, "bin"));
    writeFileSync(join(directory, "bin/tac"), "#!/bin/sh\n", { mode: 0o755 });
  }

  static async start({ env = {}, storeBytes = 200_000_000 }: ClusterSettings = {}): Promise<RayCluster> {
    const environment = rayEnvironment();
    // Short: it is part of the paths of sockets.
    const directory = mkdtempSync(join(tmpdir(), "ray-"));
    // A file: its commands are no part of the command lines that processes are found by.
    writeFileSync(join(directory, "start.sh"), script(directory, storeBytes));
    const child = spawn("unshare", ["-n", "-p", "-m", "--fork", "--mount-proc", "bash", join(directory, "start.sh")], {
      env: {
        ...process.env,
        PATH: `${directory}/bin:${environment}/bin:${process.env["PATH"]}`,
        TMPDIR: join(directory, "tmp"),
        ...env,
      },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const cluster = new RayCluster(directory, child);
    await patiently(
      new Promise<void>((resolve, reject) => {
        child.stdout.once("data", () => resolve());
        child.once("exit", () => reject(new Error(cluster.#logs())));
      }),
      () => `a Ray cluster\n${cluster.#logs()}`,
      START,
    );
    const inside = `exec nsenter -t ${cluster.#init()} -n -p -m -- ${environment}/bin/python "$@"\n`;
    writeFileSync(cluster.python, `#!/bin/sh\n${inside}`);
    chmodSync(cluster.python, 0o755);
    return cluster;
  }

  /** A command, in the network of the cluster. */
  inside(command: readonly string[]): readonly [program: string, ...args: string[]] {
    return ["nsenter", "-t", `${this.#init()}`, "-n", ...command];
  }

  /** Kills a node as a machine that loses its power would: the raylet first, and with it what it has started. */
  killNode(name: NodeName): void {
    for (const pid of this.pids(`--node-name=${name}`))
      if (/\/raylet /.test(`${commandOf(pid)} `)) process.kill(pid, "SIGKILL");
  }

  /** Kills what a cluster cannot do without: what its nodes register with, and the node that this runs on. */
  killHead(): void {
    for (const pid of this.pids("gcs_server")) process.kill(pid, "SIGKILL");
    this.killNode("alpha");
  }

  /** Cuts a node off: its address is gone, so nothing reaches it, and it reaches nothing. What runs on it goes on. */
  cut(name: NodeName): void {
    const address = `10.77.0.${NODES.indexOf(name) + 1}/32`;
    execFileSync("nsenter", ["-t", `${this.#init()}`, "-n", "ip", "addr", "del", address, "dev", "lo"]);
  }

  /** Ids of the processes of the cluster whose command lines contain a text. */
  pids(text: string): readonly number[] {
    const space = namespaceOf(this.#init());
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && namespaceOf(pid) === space && commandOf(pid).includes(text));
  }

  /** Resolves when no process of the cluster has the text in its command line. */
  async untilNone(text: string): Promise<void> {
    await until(
      () => this.pids(text).length === 0,
      () => `the end of ${this.pids(text)}`,
    );
  }

  /** Resolves when nothing of any attempt is left on a node: a killed worker leaves that to its supervisor, which may take a moment longer than inc. */
  async untilCleared(): Promise<void> {
    const left = (): readonly string[] => readdirSync(this.temporary);
    await until(
      () => left().length === 0,
      () => `the removal of ${left()}`,
    );
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    // The first process of the namespace ends, and with it all others.
    this.#process.stdin?.end();
    await ended;
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** The id of the first process of the namespace, as this one sees it. */
  #init(): number {
    const { pid } = this.#process;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]);
  }

  #logs(): string {
    const texts = NODES.map((name) => join(this.#directory, `${name}.log`)).filter((path) => existsSync(path));
    return texts.map((path) => readFileSync(path, "utf8")).join("\n");
  }
}

/** Resolves once it is so. */
export async function until(isSo: () => boolean, what: string | (() => string)): Promise<void> {
  const so = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    if (isSo()) so.resolve();
  }, 50);
  await patiently(so.promise, typeof what === "string" ? () => what : what).finally(() => clearInterval(timer));
}

function script(directory: string, storeBytes: number): string {
  const addresses = NODES.map((_, i) => `ip addr add 10.77.0.${i + 1}/32 dev lo`);
  const [head, ...others] = NODES.map(
    (name) => `{ ${startOf(name, directory, storeBytes)}; } > ${directory}/${name}.log 2>&1 &`,
  );
  const ready = `until (exec 3<>/dev/tcp/${HEAD.replace(":", "/")}) 2>/dev/null; do sleep 0.1; done`;
  return [
    "set -e",
    "ip link set lo up",
    ...addresses,
    head,
    ready,
    ...others,
    "wait",
    `[ ! -e ${directory}/failed ]`,
    "echo ready",
    "read -r",
  ].join("\n");
}

function startOf(name: NodeName, directory: string, storeBytes: number): string {
  const i = NODES.indexOf(name);
  // Tasks that ask for `away` or an accelerator do not come to the head.
  const role =
    i === 0
      ? "--head --port=6379 --include-dashboard=false"
      : `--address=${HEAD} --resources='{"away": 2}' --num-gpus=2`;
  // Ray gives up on a node that is slow to start, as on a machine that has other work.
  const start = [
    `ray start ${role} --node-name=${name} --node-ip-address=10.77.0.${i + 1} --num-cpus=2`,
    `--temp-dir=${directory}/${name} --object-store-memory=${storeBytes} --disable-usage-stats`,
  ].join(" ");
  // What is left of a start that was given up; there are no other processes in this namespace.
  const clear = `pkill -KILL -f ${i === 0 ? "gcs_server" : `node-name=${name}`}`;
  return `${start} || { ${clear}; ${start}; } || touch ${directory}/failed`;
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

function namespaceOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return "";
  }
}
