import type { Diagnostic } from "../../model/diagnostic.ts";
import { PLATFORM } from "../machine.ts";
import type { Connection } from "./connect.ts";
import { refusalText } from "./problems.ts";
import type { AttemptEvent, RaySpec } from "./protocol.ts";

/** How a command went that does nothing. */
export interface RoundTrip {
  /** The node that it came to. */
  readonly host: string;
  /** Milliseconds until its end was known here. */
  readonly duration: number;
}

const NOTHING: RaySpec = {
  id: "doctor",
  name: "inc doctor",
  platform: PLATFORM,
  args: ["true"],
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
  outputs: [],
  resources: {},
  isPython: false,
};

/** Has some node run a command. */
export async function roundTrip({ driver }: Connection): Promise<RoundTrip | Diagnostic> {
  const started = performance.now();
  let host = "the cluster";
  const end = await new Promise<AttemptEvent | "gone">((resolve) =>
    driver.execute(NOTHING, {}, (event) => {
      if (event !== "gone" && event.type === "started") host = event.host;
      else if (event === "gone" || event.type !== "log") resolve(event);
    }),
  );
  if (end !== "gone" && end.type === "ended" && end.ended.exit === 0)
    return { host, duration: Math.round(performance.now() - started) };
  if (end !== "gone" && end.type === "refused" && end.refused.kind !== "changed")
    return { severity: "error", ...refusalText("a command that does nothing", end.refused, host) };
  return {
    code: "INC1072",
    severity: "error",
    message: `a command that does nothing did not end well on ${host}`,
    help: ["look at the nodes of the cluster: ray status, and Ray's logs there"],
  };
}
