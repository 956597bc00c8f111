import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PageServer } from "../../../src/host/net/page-server.ts";
import { type Entered, enter } from "../../support/page.ts";

let server: PageServer;
let entered: Entered;

beforeEach(async () => {
  server = await PageServer.open(0, { get: async () => undefined, greeting: () => "hello" });
  entered = await enter(server.url);
});
afterEach(() => server.close());

async function follow(): Promise<IncomingMessage> {
  const asked = get(`${entered.place}events`, { agent: false, headers: { cookie: entered.cookie } });
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  response.on("error", () => {});
  return response;
}

/** Resolves when a response is closed, with or without an error: one that was cut off has one. */
function closed(response: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    response.once("close", resolve);
  });
}

test("at most 32 listeners are admitted, and another one once one has left", async () => {
  const listeners = await Promise.all(Array.from({ length: 32 }, follow));
  expect(listeners.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 32 }, () => 200));
  expect((await follow()).statusCode).toBe(503);
  listeners[0]?.destroy();
  while ((await follow()).statusCode === 503);
});

test("a listener that does not read is disconnected, and no other", async () => {
  const idle = await follow();
  const reader = await follow();
  let text = "";
  const received = async (event: string): Promise<void> => {
    while (!text.endsWith(`data: ${event}\n\n`)) text += String((await once(reader, "data"))[0]);
    text = "";
  };
  await received("hello");
  const gone = closed(idle);
  // A paused response receives only what fits into its buffers.
  const large = "x".repeat(1024 * 1024);
  for (let i = 0; i < 40; i += 1) {
    server.send(`${i}${large}`);
    await received(`${i}${large}`);
  }
  idle.resume();
  await gone;
  server.send("after");
  await received("after");
  expect(server.isHeard).toBe(true);
});

test("a closed server has closed all its connections", async () => {
  const listener = await follow();
  listener.resume();
  const gone = closed(listener);
  await server.close();
  await gone;
  await expect(follow()).rejects.toThrow("ECONNREFUSED");
});

test("at most 64 idle connections stay open, the others are closed at once, and pages are still served", async () => {
  const { port, hostname } = new URL(server.url);
  const idle = Array.from({ length: 100 }, () => connect(Number(port), hostname));
  for (const socket of idle) socket.on("error", () => {});
  let gone = 0;
  await new Promise<void>((resolve) => {
    for (const socket of idle)
      socket.once("close", () => {
        gone += 1;
        if (gone === 36) resolve();
      });
  });
  for (const socket of idle) socket.destroy();
  while (!(await isAnswered()));
});

/** False while there are too many connections. */
function isAnswered(): Promise<boolean> {
  return new Promise((resolve) => {
    get(server.url, { agent: false }, (response) => resolve(response.resume().statusCode === 303)).on("error", () =>
      resolve(false),
    );
  });
}
