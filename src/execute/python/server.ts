import { ForkServer } from "../../host/process/fork-server.ts";
import type { Child } from "../../host/process/process.ts";
import { MARKER } from "../../host/process/tree.ts";
import { defined } from "../../model/defined.ts";
import { programArguments } from "./job.ts";
import type { PythonJob, ServerAnswer, ServerHello, ServerRequest } from "./protocol.ts";

/** What decides which tasks one server can fork. */
export interface ServerPlace extends ServerHello {
  readonly interpreter: string;
  /** Absolute. */
  readonly cwd: string;
  /** The variables of its tasks, but for the marker of each. */
  readonly env: Readonly<Record<string, string>>;
}

/** Longer than the marker of any task: its place in memory takes theirs. */
const PLACEHOLDER = "-".repeat(512);

/** A process that has imported what tasks import first, and forks a child for each of them. Linux only. */
export class PythonServer {
  /** Undefined: it forks tasks. */
  readonly refusal: Promise<{ readonly isBrief: boolean } | undefined>;
  readonly #server: ForkServer<ServerAnswer>;

  constructor({ interpreter, cwd, env, ...hello }: ServerPlace) {
    const { promise, resolve: refuse } = Promise.withResolvers<{ readonly isBrief: boolean } | undefined>();
    this.refusal = promise;
    const command = { file: interpreter, args: programArguments("serve"), cwd, env: { ...env, [MARKER]: PLACEHOLDER } };
    this.#server = new ForkServer(command, {
      onSelf: ({ refused, isBrief = false }) => refuse(refused == null ? undefined : { isBrief }),
      exitOf: ({ exit, signal }) => defined({ exit, signal }),
      onEnded: () => refuse({ isBrief: true }),
      lost: "the process that forked it was ended from outside",
    });
    this.#server.write(hello satisfies ServerHello);
  }

  get hasEnded(): boolean {
    return this.#server.hasEnded;
  }

  get isIdle(): boolean {
    return this.#server.isIdle;
  }

  /** @param output An open file. Undefined: it cannot be forked. */
  async fork(job: PythonJob, output: number): Promise<Child | "stale" | undefined> {
    const { child, answer } = await this.#server.start(
      (id): ServerRequest => ({ id, job, output: `/proc/${process.pid}/fd/${output}` }),
    );
    if (child.pid !== undefined) return child;
    return answer?.stale === true ? "stale" : undefined;
  }

  /** It ends, and with it what it has forked. */
  close(): void {
    this.#server.close();
  }

  /** It ends once what it has forked has ended. */
  retire(): void {
    this.#server.retire();
  }

  /** Keeps this process alive until it has said whether it forks tasks. */
  hold(): void {
    this.#server.hold(true);
    void this.refusal.then(() => this.#server.hold());
  }
}
