import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { childrenTime } from "./children-time.ts";
import { undoAtExit } from "./leftovers.ts";

/** Milliseconds between two looks at the memory of a process. */
const LOOK = 10;

export interface Timed {
  readonly pid: number | undefined;
  /** Wall milliseconds. */
  readonly time: number;
  /** What it printed, on both streams. */
  readonly text: string;
  /** Milliseconds of processor time, with that of the processes that it started; absent where the system does not say. */
  readonly cpu?: number;
  /** Megabytes: the most memory (RSS) that the process itself had, without the processes that it started. */
  readonly peak?: number;
}

export interface Invocation {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** True: look at its memory while it runs. */
  readonly looksAtMemory?: boolean;
}

/** Runs a command to its end. Throws if it fails. */
export async function timed({ command, cwd, env, looksAtMemory }: Invocation): Promise<Timed> {
  const [program, ...args] = command;
  const before = childrenTime();
  const started = process.hrtime.bigint();
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, CI: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const isDone = undoAtExit(() => child.kill());
  let text = "";
  const add = (chunk: Buffer): void => {
    text += chunk.toString();
  };
  child.stdout.on("data", add);
  child.stderr.on("data", add);
  let peak = 0;
  const look = (): void => {
    peak = Math.max(peak, mostMemory(child.pid));
  };
  const looking = looksAtMemory === true ? setInterval(look, LOOK) : undefined;
  let time = 0;
  child.once("exit", () => {
    time = Number(process.hrtime.bigint() - started) / 1e6;
    clearInterval(looking);
  });
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) => resolve(status ?? signal));
  });
  isDone();
  const after = childrenTime();
  const cpu = before === undefined || after === undefined ? {} : { cpu: after - before };
  if (code !== 0) throw new Error(`${command.join(" ")} failed (${code}) in ${cwd}:\n${text.slice(-4000)}`);
  return { pid: child.pid, time, text, ...cpu, ...(looksAtMemory === true ? { peak } : {}) };
}

/** Megabytes. The system remembers the most (VmHWM), so that only the time since the last look is lost. */
function mostMemory(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
