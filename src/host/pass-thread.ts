import { parentPort } from "node:worker_threads";
import type { Digest } from "../model/digest.ts";
import { type Pass, passOver } from "./files/pass.ts";

export interface PassRequest {
  readonly pass: Pass;
  /** Holds another number than 0 once the pass is to be given up. */
  readonly stop: Int32Array;
}

/** Without a digest and an error, the pass was given up. */
export interface PassAnswer {
  readonly digest?: Digest;
  readonly error?: Pick<NodeJS.ErrnoException, "message" | "code" | "errno" | "path" | "syscall">;
}

/** The program of a thread that passes over large files, so that the thread which decides does not wait for them. */
parentPort?.on("message", (request: PassRequest) => parentPort?.postMessage(answer(request)));

function answer({ pass, stop }: PassRequest): PassAnswer {
  try {
    const digest = passOver(pass, () => Atomics.load(stop, 0) !== 0);
    return digest === undefined ? {} : { digest };
  } catch (thrown) {
    const { message, code, errno, path, syscall } = thrown as NodeJS.ErrnoException;
    return { error: { message, ...(code === undefined ? {} : { code, errno, path, syscall }) } };
  }
}
