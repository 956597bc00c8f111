import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunEvent } from "../../../src/report/openlineage/events.ts";
import { Rig } from "../../support/rig.ts";
import type { Outcome } from "../../support/running.ts";
import { RUN_EVENT } from "./schema.ts";

let rig: Rig;
let server: Server | undefined;

beforeEach(async () => {
  rig = await Rig.create(`
export const units = each(["a", "b", "c"], (name) => task(sh\`cat \${file("in.txt")} > \${out(\`build/\${name}\`)}\`));
export const last = task(sh\`cat \${units} > \${out("build/last")}\`);
`);
  rig.write("in.txt", "one\n");
});

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(0) : server.close(resolve)));
  server = undefined;
  await rig.close();
});

/** Starts a server on loopback and returns its address. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const listening = createServer(answer);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

interface Taken {
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly event: RunEvent;
}

/** A server that records events, and answers each when it has read it. */
async function collector(): Promise<{ readonly address: string; readonly taken: readonly Taken[] }> {
  const taken: Taken[] = [];
  const address = await serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { authorization } = request.headers;
      taken.push({ url: request.url, authorization, event: JSON.parse(Buffer.concat(chunks).toString()) as RunEvent });
      response.writeHead(201).end();
    });
  });
  return { address, taken };
}

const run = (url: string, ...args: readonly string[]): Promise<Outcome> =>
  rig.start(["run", ...args], { env: { INC_OPENLINEAGE_URL: url } }).ended;

const steady = (text: string): string =>
  text.replace(/\b\d{8}T\d{9}-[0-9a-f]{6}\b/g, "RUN").replace(/:\d{4,5}\//g, ":PORT/");

test("each run sends start and end events of itself and of its attempts", async () => {
  const { address, taken } = await collector();
  const outcome = await run(`http://${address}`);
  expect([outcome.code, outcome.stderr]).toEqual([0, ""]);
  const told = taken.map(({ event }) => `${event.eventType} ${event.job.name}`);
  expect([told[0], told.at(-1)]).toEqual(["START pipeline.ts", "COMPLETE pipeline.ts"]);
  expect(told.toSorted()).toEqual(
    ["", ":units[a]", ":units[b]", ":units[c]", ":last"]
      .flatMap((task) => [`START pipeline.ts${task}`, `COMPLETE pipeline.ts${task}`])
      .toSorted(),
  );
  for (const name of new Set(taken.map(({ event }) => event.run.runId)))
    expect(taken.filter(({ event }) => event.run.runId === name).map(({ event }) => event.eventType)).toEqual([
      "START",
      "COMPLETE",
    ]);
  const ajv = new Ajv2020({ allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(RUN_EVENT);
  for (const { url, event } of taken) {
    expect(url).toBe("/api/v1/lineage");
    validate(event);
    expect(validate.errors ?? []).toEqual([]);
  }
  const parent = taken[0]?.event.run.runId;
  const last = taken.find(
    ({ event }) => event.job.name === "pipeline.ts:last" && event.eventType === "COMPLETE",
  )?.event;
  expect(last?.run.facets["parent"]).toMatchObject({ run: { runId: parent } });
  expect(last?.inputs.map(({ name }) => name)).toEqual(["a", "b", "c"].map((name) => rig.path(`build/${name}`)));
  expect(last?.outputs.map(({ name }) => name)).toEqual([rig.path("build/last")]);
});

test("watch sends the events of each of its runs", async () => {
  const { address, taken } = await collector();
  const watching = rig.start(["watch", "--json"], { env: { INC_OPENLINEAGE_URL: `http://${address}` } });
  const lines = createInterface({ input: watching.child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const quiet = async (): Promise<void> => {
    while (JSON.parse((await lines.next()).value as string).kind !== "watch-quiet");
  };
  await quiet();
  rig.write("in.txt", "two\n");
  await quiet();
  watching.child.kill("SIGINT");
  expect((await watching.ended).code).toBe(130);
  expect(taken.filter(({ event }) => event.eventType === "COMPLETE").map(({ event }) => event.job.name)).toHaveLength(
    10,
  );
  expect(new Set(taken.map(({ event }) => event.run.runId)).size).toBe(10);
});

test("inc sends only attempts, with failures as failures, and nothing when no task ran or with --dry", async () => {
  const { address, taken } = await collector();
  await rig.run("run");
  await run(`http://${address}/custom?key=1`);
  await run(`http://${address}/custom?key=1`, "--dry", "-f");
  expect(taken).toEqual([]);
  rig.manifest(`export const bad = task(sh\`exit 3; : \${out("build/x")}\`);`);
  expect((await run(`http://${address}/custom?key=1`)).code).toBe(1);
  expect(taken.map(({ url, event }) => `${url} ${event.eventType} ${event.job.name}`)).toEqual([
    "/custom?key=1 START pipeline.ts",
    "/custom?key=1 START pipeline.ts:bad",
    "/custom?key=1 FAIL pipeline.ts:bad",
    "/custom?key=1 FAIL pipeline.ts",
  ]);
  expect(taken[2]?.event.run.facets["errorMessage"]).toMatchObject({ message: "failed: exit 3" });
});

test("a user name and a password go into a header, and into no message", async () => {
  const { address, taken } = await collector();
  await run(`http://me:s%40cret@${address}`);
  expect(taken[0]?.authorization).toBe(`Basic ${Buffer.from("me:s@cret").toString("base64")}`);
  rig.write("in.txt", "two\n");
  server?.closeAllConnections();
  server?.close();
  const outcome = await run(`http://me:s%40cret@${address}`);
  expect(outcome.stderr).toContain("INC1027");
  expect(outcome.stderr).not.toContain("s%40cret");
});

test("without a server there is one warning, and the run is not affected", async () => {
  const address = await serve(() => {});
  await new Promise((resolve) => server?.close(resolve));
  const outcome = await run(`http://${address}`);
  expect(outcome.code).toBe(0);
  expect(outcome.stdout).toContain("ran 4, restored 0");
  expect(steady(outcome.stderr).replace(/ECONNREFUSED 127.0.0.1:\d+/, "ECONNREFUSED ADDRESS")).toMatchInlineSnapshot(`
    "warning INC1027: the lineage of run RUN was not sent to "http://127.0.0.1:PORT/api/v1/lineage": connect ECONNREFUSED ADDRESS
      note: 0 of 10 events were taken; the run itself is not affected
      help: check INC_OPENLINEAGE_URL, or unset it; inc lineage OBJECT --format openlineage prints the same events
    "
  `);
  expect((await run(`http://${address}`)).stderr).toBe("");
});

test("a server that never answers costs two seconds at most, and delays no other run", async () => {
  const asked: (() => void)[] = [];
  const first = new Promise<void>((resolve) => asked.push(resolve));
  const address = await serve(() => asked[0]?.());
  const started = performance.now();
  const running = rig.start(["run"], { env: { INC_OPENLINEAGE_URL: `http://${address}` } });
  await first;
  // The lease is free: another run in the same workspace does not wait.
  expect((await rig.run("run", "-f", "--lock-wait", "0", "last")).code).toBe(0);
  const outcome = await running.ended;
  expect(outcome.code).toBe(0);
  expect(steady(outcome.stderr)).toContain("it did not answer within 2 seconds");
  expect(performance.now() - started).toBeLessThan(20_000);
});

test("a server that takes its time for each event gets all of them", async () => {
  let taken = 0;
  const address = await serve((_request, response) => {
    taken += 1;
    setTimeout(() => response.writeHead(201).end(), 700);
  });
  expect((await run(`http://${address}`)).stderr).toBe("");
  expect(taken).toBe(10);
});

test("a refusal by the server and an invalid address give warnings", async () => {
  const address = await serve((_request, response) => response.writeHead(503).end());
  expect(steady((await run(`http://${address}`)).stderr)).toMatchInlineSnapshot(`
    "warning INC1027: the lineage of run RUN was not sent to "http://127.0.0.1:PORT/api/v1/lineage": it answered 503 Service Unavailable
      note: 0 of 10 events were taken; the run itself is not affected
      help: check INC_OPENLINEAGE_URL, or unset it; inc lineage OBJECT --format openlineage prints the same events
    "
  `);
  rig.write("in.txt", "two\n");
  expect(steady((await run("no address")).stderr)).toMatchInlineSnapshot(`
    "warning INC1027: the lineage of run RUN was not sent to "no address": that is no URL
      note: 0 of 10 events were taken; the run itself is not affected
      help: check INC_OPENLINEAGE_URL, or unset it; inc lineage OBJECT --format openlineage prints the same events
    "
  `);
  rig.write("in.txt", "three\n");
  const json = await run(`http://${address}`, "--json");
  for (const line of json.stdout.trim().split("\n")) expect(() => JSON.parse(line) as unknown).not.toThrow();
  expect(json.code).toBe(0);
});
