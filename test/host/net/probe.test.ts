import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { hostAccepts, httpAnswers, portAccepts, until } from "../../../src/host/net/probe.ts";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(host: string, answer: RequestListener = (_, response) => response.end()): Promise<number> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

test.each(["127.0.0.1", "::1"])("a port accepts when a process listens at %s", async (host) => {
  const port = await listen(host);
  expect(await portAccepts(port)).toBe(true);
  expect(await hostAccepts(`http://${host.includes(":") ? `[${host}]` : host}:${port}/`)).toBe(true);
  servers.pop()?.close();
  expect(await portAccepts(port)).toBe(false);
  expect(await hostAccepts(`http://127.0.0.1:${port}/`)).toBe(false);
});

test("only a 2xx status counts as ready", async () => {
  const port = await listen("127.0.0.1", (request, response) => {
    response.writeHead(Number(request.url?.slice(1)), { location: "/200" }).end("text");
  });
  const answers = await Promise.all(
    [200, 204, 302, 404, 503].map((code) => httpAnswers(`http://127.0.0.1:${port}/${code}`)),
  );
  expect(answers).toEqual([true, true, false, false, false]);
  expect(await httpAnswers(`https://127.0.0.1:${port}/200`)).toBe(false);
});

test("a probe is repeated until it succeeds or the signal is aborted", async () => {
  let left = 3;
  expect(await until(async () => --left === 0, new AbortController().signal)).toBe(true);
  const abort = new AbortController();
  const asked = until(async () => {
    abort.abort();
    return true;
  }, abort.signal);
  expect(await asked).toBe(false);
});
