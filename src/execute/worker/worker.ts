import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, ftruncateSync } from "node:fs";
import { getCompileCacheDir } from "node:module";
import { dirname, join } from "node:path";
import { makeOwnDirectory } from "../../host/files/own-files.ts";
import { withoutOwnFiles } from "../../host/process/inherited.ts";
import type { Exit } from "../../host/process/process.ts";
import { endTree } from "../../host/process/tree.ts";
import { ownProgram } from "../../manifest/module-path.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Digest } from "../../model/digest.ts";
import { openUnlinked } from "../local/attempt-output.ts";
import type { Answer, Ended, Job, ManifestUse, Request } from "./protocol.ts";

/** What became of a job: its end, or that of the whole process. */
export type JobEnd =
  | { readonly ended: Ended }
  /** `exiting`: the function ended the process. `isIdle`: it ended before the job came to it, though it had come up. */
  | { readonly exit: Exit; readonly exiting: Diagnostic | undefined; readonly isIdle: boolean };

let workers = 0;

/**
 * A warm process that executes functions, one attempt at a time, in a process group of its own. All that it prints goes to a file
 * without a name, which each attempt finds empty.
 */
export class Worker {
  readonly pid: number | undefined;
  /** What it prints; open for appending. */
  readonly output: number;
  /** The code whose packages live in the process: they may hold state, which no other code may see. */
  #code: Digest | undefined;
  /** What the process has of the manifest. */
  #manifest: ManifestUse | undefined;
  readonly #process: ChildProcess;
  readonly #exited: Promise<Exit>;
  #hasExited = false;
  #hasServed = false;

  /** @param temporary Absolute path of a directory for the file, for a moment. */
  constructor(temporary: string) {
    workers += 1;
    makeOwnDirectory(temporary);
    this.output = openUnlinked(join(temporary, `${process.pid}-worker-${workers}`), constants.O_APPEND);
    const args = ["--disable-warning=ExperimentalWarning", ownProgram("execute/worker/start"), ...compiled()];
    this.#process = withoutOwnFiles(["ignore", this.output, this.output, "ipc"], (stdio) =>
      spawn(process.execPath, args, { detached: true, stdio }),
    );
    this.pid = this.#process.pid;
    this.#exited = exitOf(this.#process);
    void this.#exited.then(() => {
      this.#hasExited = true;
    });
    this.#hold(false);
  }

  /** True when a function may run in it: what packages remember is seen by the code alone that loaded them. */
  serves(code: Digest): boolean {
    return !this.#hasExited && (this.#code === undefined || this.#code === code);
  }

  /** Resolves when the attempt has ended, in whatever way. */
  async run(job: Job, code: Digest, onProgress: (done: number, total: number) => void): Promise<JobEnd> {
    ftruncateSync(this.output);
    let exiting: Diagnostic | undefined;
    let hasBegun = false;
    const answered = new Promise<JobEnd>((resolve) => {
      const take = (answer: Answer): void => {
        if (answer.kind === "begun") hasBegun = true;
        else if (answer.kind === "progress") onProgress(answer.done, answer.total);
        else if (answer.kind === "exiting") exiting = answer.diagnostic;
        else {
          this.#process.off("message", take);
          if (answer.hasPackages) this.#code = code;
          resolve({ ended: answer });
        }
      };
      this.#process.on("message", take);
    });
    this.#hold(true);
    const { manifest, ...others } = job;
    this.#send(manifest === this.#manifest ? others : job);
    this.#manifest = manifest;
    const exited = this.#exited.then((exit): JobEnd => ({ exit, exiting, isIdle: this.#hasServed && !hasBegun }));
    const end = await Promise.race([answered, exited]);
    this.#hold(false);
    this.#hasServed = true;
    return end;
  }

  cancel(): void {
    this.#send({ kind: "cancel" });
  }

  /** Ends the process with all that it has started; what it printed is there until `close`. @param marker Of the attempt that ran last. */
  async end(marker: string): Promise<void> {
    this.#hold(true);
    if (this.pid !== undefined) await endTree(this.pid, marker, 0);
    await this.#exited;
  }

  /** It takes no more attempts: a process that is idle ends itself. */
  close(): void {
    if (this.#process.connected) this.#process.disconnect();
    closeSync(this.output);
  }

  /** What cannot be sent to a process that has ended is noticed by its end. */
  #send(request: Request): void {
    if (this.#process.connected) this.#process.send(request, () => {});
  }

  /** An idle process does not keep this one alive. */
  #hold(holds: boolean): void {
    const change = holds ? "ref" : "unref";
    this.#process[change]();
    this.#process.channel?.[change]();
  }
}

/** The directory in which Node keeps compiled code, as an argument: it is given that above the one for its version. */
function compiled(): readonly string[] {
  const directory = getCompileCacheDir();
  return directory === undefined ? [] : [dirname(directory)];
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  try {
    const [exit, signal] = (await once(child, "exit")) as [number | null, string | null];
    return { ...(exit === null ? {} : { exit }), ...(signal === null ? {} : { signal }) };
  } catch (error) {
    return { error: error as NodeJS.ErrnoException };
  }
}
