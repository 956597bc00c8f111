import { hostname } from "node:os";
import { VERSION } from "../../host/inc-version.ts";
import { runLineage } from "../../lineage/run-lineage.ts";
import { defined } from "../../model/defined.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Open } from "../../workspace/open-workspace.ts";
import { openLineageEvents, pipelineEvents, type RunEvent } from "./events.ts";

/** How long a run waits for the endpoint to answer anything, in milliseconds: a large run has thousands of events. */
const PATIENCE = 2000;
/** How long it waits altogether, in milliseconds: an endpoint may answer each just in time. */
const LONGEST = 30_000;
/** Requests under way at once. */
const AT_ONCE = 8;
/** Where servers of OpenLineage take events, when the address names no path. */
const STANDARD_PATH = "/api/v1/lineage";

/** Sends the events that it holds. Resolves to a warning when not all of them arrived. */
export type Send = () => Promise<Diagnostic | undefined>;

/** The events of one run, in the order in which they are sent. */
interface Delivery {
  readonly run: string;
  readonly start: RunEvent;
  /** The events of each attempt; attempts go at the same time. */
  readonly attempts: readonly (readonly RunEvent[])[];
  readonly end: RunEvent;
}

/**
 * Gathers the events of a run while its store is open. Undefined: nothing was attempted. Events that do not arrive at
 * INC_OPENLINEAGE_URL never fail a run.
 */
export function prepareOpenLineage({ store, workspace }: Open, run: string): Send | undefined {
  const options = { workspace: workspace.root, version: VERSION };
  const document = runLineage(store, run);
  const record = store.history.run(run);
  if (record === undefined || !document.nodes.some(({ kind }) => kind === "record")) return undefined;
  const [start, end] = pipelineEvents(record, hostname(), options);
  const attempts = [...Map.groupBy(openLineageEvents(document, options), (event) => event.run.runId).values()];
  return () => send(process.env["INC_OPENLINEAGE_URL"] ?? "", { run, start, attempts, end });
}

async function send(address: string, { run, start, attempts, end }: Delivery): Promise<Diagnostic | undefined> {
  const total = attempts.reduce((sum, events) => sum + events.length, 2);
  let taken = 0;
  let endpoint: Endpoint | undefined;
  const failed = new AbortController();
  const silence = setTimeout(
    () => failed.abort(new Error(`it did not answer within ${PATIENCE / 1000} seconds`)),
    PATIENCE,
  );
  const signal = AbortSignal.any([AbortSignal.timeout(LONGEST), failed.signal]);
  try {
    const target = parseAddress(address);
    endpoint = target;
    const post = async (event: RunEvent): Promise<void> => {
      await postEvent(target, event, signal);
      silence.refresh();
      taken += 1;
    };
    await post(start);
    const waiting = attempts.values();
    // The workers share one iterator: each takes the next attempt, and posts its events in order.
    const worker = async (): Promise<void> => {
      for (const events of waiting) for (const event of events) await post(event);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    await post(end);
    return undefined;
  } catch (error) {
    failed.abort();
    // An address that is no URL may hold a password, too.
    const shown = endpoint?.url ?? address.replace(/\/\/[^/]*@/, "//");
    return unsent(run, `"${shown}": ${reasonOf(error)}`, `${taken} of ${total}`);
  } finally {
    clearTimeout(silence);
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
  // fetch refuses addresses with a user and a password, and a message must not show them.
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
  // The connection can be used again only after the answer was read.
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`it answered ${response.status} ${response.statusText}`.trim());
}

function unsent(run: string, problem: string, taken: string): Diagnostic {
  return {
    code: "INC1027",
    severity: "warning",
    message: `the lineage of run ${run} was not sent to ${problem}`,
    notes: [{ message: `${taken} events were taken; the run itself is not affected` }],
    help: ["check INC_OPENLINEAGE_URL, or unset it; inc lineage OBJECT --format openlineage prints the same events"],
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `it did not take all within ${LONGEST / 1000} seconds`;
  if ("code" in error && error.code === "ERR_INVALID_URL") return "that is no URL";
  // fetch says only that it failed; the reason is in its cause.
  const { cause } = error;
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? cause.message : error.message;
}
