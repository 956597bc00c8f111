import { hostname } from "node:os";
import { hasher } from "../../host/files/hash.ts";
import { VERSION } from "../../host/inc-version.ts";
import { ofRun } from "../../lineage/of-run.ts";
import { defined } from "../../model/defined.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Open } from "../../workspace/open.ts";
import { openLineageEvents, pipelineEvents, type RunEvent } from "./events.ts";

/** Milliseconds that a run waits for the endpoint, for all its events together. */
const PATIENCE = 2000;
/** Requests under way at once. */
const AT_ONCE = 8;
/** Where servers of OpenLineage take events, when the address names no path. */
const STANDARD_PATH = "/api/v1/lineage";

/** Sends what it holds; a diagnostic when that did not get there. */
export type Tell = () => Promise<Diagnostic | undefined>;

/**
 * Gathers the events of a run while its store is open. Undefined: nothing was attempted. The function that it gives sends
 * them to INC_OPENLINEAGE_URL, and says in a warning when they did not get there: that never fails a run.
 */
export function prepareOpenLineage({ store, workspace }: Open, run: string): Tell | undefined {
  const options = { workspace: workspace.root, version: VERSION };
  const document = ofRun(store, hasher, run);
  const record = store.history.run(run);
  if (record === undefined || !document.nodes.some(({ kind }) => kind === "record")) return undefined;
  const [start, end] = pipelineEvents(record, hostname(), options);
  const attempts = [...Map.groupBy(openLineageEvents(document, options), (event) => event.run.runId).values()];
  return () => send(process.env["INC_OPENLINEAGE_URL"] ?? "", run, start, attempts, end);
}

async function send(
  address: string,
  run: string,
  start: RunEvent,
  attempts: readonly (readonly RunEvent[])[],
  end: RunEvent,
): Promise<Diagnostic | undefined> {
  const total = attempts.reduce((sum, events) => sum + events.length, 2);
  let taken = 0;
  let endpoint: Endpoint | undefined;
  const failed = new AbortController();
  const signal = AbortSignal.any([AbortSignal.timeout(PATIENCE), failed.signal]);
  try {
    const target = parseAddress(address);
    endpoint = target;
    const post = async (event: RunEvent): Promise<void> => {
      await postEvent(target, event, signal);
      taken += 1;
    };
    await post(start);
    const waiting = attempts.values();
    // Each of these takes the next attempt; the events of one go in their order.
    const worker = async (): Promise<void> => {
      for (const events of waiting) for (const event of events) await post(event);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    await post(end);
    return undefined;
  } catch (error) {
    failed.abort();
    // Also what is no URL may hold a password.
    return unsent(endpoint?.url ?? address.replace(/\/\/[^/]*@/, "//"), run, { taken, total }, error);
  }
}

interface Endpoint {
  readonly url: string;
  /** Of the user that the address names. */
  readonly authorization?: string;
}

function parseAddress(address: string): Endpoint {
  const url = new URL(address);
  const { username, password } = url;
  if (url.pathname === "/") url.pathname = STANDARD_PATH;
  // What is asked for with a name and a password in its address is refused, and a message must not show them.
  url.username = "";
  url.password = "";
  if (username === "") return { url: url.href };
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url: url.href, authorization: `Basic ${Buffer.from(user).toString("base64")}` };
}

async function postEvent({ url, authorization }: Endpoint, event: RunEvent, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...defined({ authorization }) },
    body: JSON.stringify(event),
    signal,
  });
  // Whatever it says, the connection is free only when it was heard.
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`it answered ${response.status} ${response.statusText}`.trim());
}

function unsent(
  url: string,
  run: string,
  { taken, total }: { readonly taken: number; readonly total: number },
  error: unknown,
): Diagnostic {
  return {
    code: "INC1027",
    severity: "warning",
    message: `the lineage of run ${run} was not sent to "${url}": ${reasonOf(error)}`,
    notes: [{ message: `${taken} of ${total} events were taken; the run itself is as it is` }],
    help: ["look at INC_OPENLINEAGE_URL, or unset it; inc lineage OBJECT --format openlineage tells the same events"],
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `it did not answer within ${PATIENCE / 1000} seconds`;
  if ("code" in error && error.code === "ERR_INVALID_URL") return "that is no URL";
  // Fetch says only that it failed; why stands in its cause.
  const { cause } = error;
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? cause.message : error.message;
}
