import { rmSync } from "node:fs";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { PLATFORM } from "../machine.ts";
import type { Connection } from "./connect.ts";
import { refusalText } from "./problems.ts";
import type { AttemptEvent, RaySpec } from "./protocol.ts";

/** How a command went that makes one file. */
export interface RoundTrip {
  /** The node that it came to. */
  readonly host: string;
  /** Milliseconds until the file was here. */
  readonly duration: number;
}

/** Bytes: more than come with an answer. */
const SIZE = 100_000;

const PROBE: RaySpec = {
  id: "doctor",
  name: "inc doctor",
  platform: PLATFORM,
  args: ["sh", "-c", `head -c ${SIZE} /dev/zero > made`],
  cwd: ".",
  env: {},
  unset: [],
  bins: [],
  stdin: null,
  stdout: null,
  stderr: null,
  timeout: 60,
  inputs: [],
  tools: [],
  lists: [],
  outputs: [{ path: "made" }],
  resources: {},
  runtimeEnv: null,
  isPython: false,
};

/** Has some node run a command, and its output come. */
export async function roundTrip({ driver }: Connection): Promise<RoundTrip | Diagnostic> {
  const started = performance.now();
  let host = "the cluster";
  const end = await new Promise<AttemptEvent | "gone">((resolve) =>
    driver.execute(PROBE, {}, (event) => {
      if (event === "gone") resolve(event);
      else if (event.type === "started") host = event.host;
      else if (event.type === "made")
        driver.send({ type: "want", id: event.id, names: event.files.map(({ sha256 }) => sha256) });
      else if (event.type === "again") driver.send({ type: "go", id: event.id });
      else if (event.type !== "log") resolve(event);
    }),
  );
  const duration = Math.round(performance.now() - started);
  if (end !== "gone" && end.type === "ended" && end.ended.exit === 0) {
    for (const { file } of end.made?.items ?? []) if (file !== undefined) rmSync(file);
    return { host, duration };
  }
  if (end !== "gone" && end.type === "refused" && end.refused.kind !== "changed")
    return { severity: "error", ...refusalText("a command that makes one file", end.refused, host) };
  return {
    code: "INC1072",
    severity: "error",
    message: `a command that makes one file did not end well on ${host}`,
    help: ["look at the nodes of the cluster: ray status, and Ray's logs there"],
  };
}
