import { hasher } from "../../host/files/hash.ts";
import { leave } from "../../host/process/leave.ts";
import { ChildAttempt } from "./child/attempt.ts";
import { hookFiles, type OnUse } from "./child/file-hooks.ts";
import { KnownElements } from "./child/known-elements.ts";
import { Pristine } from "./child/leaks.ts";
import { hookSpawns } from "./child/spawn-hooks.ts";
import { hookTimers } from "./child/timer-hooks.ts";
import type { Answer, ManifestUse, Request, SentJob } from "./protocol.ts";

/**
 * The program of a process that executes the functions of tasks, one attempt at a time. Each attempt evaluates the modules of its
 * manifest anew, so that no two of them share what a module remembers.
 *
 *     idle ── run ──▶ attempt ── ended ──▶ idle
 *
 * It ends when inc does.
 */
let current: ChildAttempt | undefined;

const { channel } = process;
// What a function may send is no answer of an attempt.
const send = process.send?.bind(process) as (answer: Answer) => boolean;
const env = { ...process.env };
const cwd = process.cwd();

process.on("message", (request: Request) => {
  if (request.kind === "cancel") current?.cancel();
  else void execute(request);
});
process.on("disconnect", () => void leave(0));
process.on("uncaughtException", (error) => {
  if (current === undefined) throw error;
  current.crashed(error);
});
process.on("beforeExit", () => current?.stuck());
delete process.send;

// Loads its binary, which is no package of a function.
hasher.digest(new Uint8Array());

let onUse: OnUse | undefined;
hookFiles((use, path) => onUse?.(use, path));
let hasSpawned = false;
hookSpawns(() => {
  hasSpawned = true;
});

const hasTimers = hookTimers();

const pristine = new Pristine();

const elements = new KnownElements();
let manifest: ManifestUse | undefined;

async function execute(sent: SentJob): Promise<void> {
  send({ kind: "begun" });
  manifest = sent.manifest ?? (manifest as ManifestUse);
  current = new ChildAttempt(
    { ...sent, manifest },
    {
      pristine,
      elements,
      env,
      cwd,
      watchFiles(next) {
        onUse = next;
      },
      hasSpawned() {
        const has = hasSpawned;
        hasSpawned = false;
        return has;
      },
      hasTimers,
      progress: (done, total) => send({ kind: "progress", done, total }),
      exiting: (diagnostic) => send({ kind: "exiting", diagnostic }),
    },
  );
  // With nothing else to wait for, a function that has not settled never will.
  channel?.unref();
  const ended = await current.run();
  channel?.ref();
  current = undefined;
  send(ended);
}
