import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { certificate, type Fault, FaultServer } from "../../support/fault-server.ts";
import { Checkouts, ran, runShared, type SharedRun } from "../../support/shared-runs.ts";

/** Each is decided only after the one before, so that what one look-up costs is paid four times. */
const CHAIN = `
export const a = task(sh\`echo a > \${out("build/a")}\`);
export const b = task(sh\`cat \${a} > \${out("build/b")}\`);
export const c = task(sh\`cat \${b} > \${out("build/c")}\`);
export const d = task(sh\`cat \${c} > \${out("build/d")}\`);
`;
const ALL = ["a", "b", "c", "d"];

let checkouts: Checkouts;
const servers: FaultServer[] = [];

beforeEach(() => {
  checkouts = new Checkouts();
});
afterEach(async () => {
  await checkouts.close();
  for (const server of servers.splice(0)) await server.close();
});

async function start(options?: Parameters<typeof FaultServer.start>[0]): Promise<FaultServer> {
  const server = await FaultServer.start(options);
  servers.push(server);
  return server;
}

/** Milliseconds that it may take: 5 s, and what a busy machine adds; less than if each of the four tasks waited for the server. */
const BOUND = 5000 + 13_000;

async function timed(address: string, env: Readonly<Record<string, string>> = {}): Promise<SharedRun> {
  const rig = await checkouts.make(CHAIN);
  const started = performance.now();
  const outcome = await runShared(rig, { INC_REMOTE: address, ...env });
  expect(performance.now() - started).toBeLessThan(BOUND);
  expect([outcome.code, rig.read("build/d")]).toEqual([0, "a\n"]);
  return outcome;
}

/** Answers with lines as they are given, whatever is right. */
function raw(lines: readonly string[], body = ""): Fault {
  return (_, response, stored) => {
    const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`);
    response.socket?.end(Buffer.concat([head, stored ?? Buffer.from("<html>")]));
    return true;
  };
}

const OK = "HTTP/1.1 200 OK";

describe("a proxy", () => {
  test("that compresses makes the run do without the shared cache: nothing in there is taken for damaged and replaced", async () => {
    const server = await start();
    await timed(server.url);
    server.requests.length = 0;
    const encodings = new Set<string | undefined>();
    server.fault = (request, response, stored) => {
      encodings.add(request.headers["accept-encoding"]?.toString());
      if (request.method !== "GET" || stored === undefined) return false;
      const bytes = gzipSync(stored);
      response.writeHead(200, { "content-encoding": "gzip", "content-length": bytes.length }).end(bytes);
      return true;
    };
    const outcome = await timed(server.url);
    expect(outcome).toMatchObject({ code: 0, warnings: ["INC4225"] });
    expect(outcome.messages[0]).toContain("a proxy before it changed what is stored (Content-Encoding: gzip)");
    expect(encodings).toEqual(new Set(["identity"]));
    expect(server.requests.filter((line) => line.startsWith("PUT"))).toEqual([]);
  });

  test.each<[string, string, Fault]>([
    ["announces too few bytes", "INC4228", raw([OK, "content-length: 5"])],
    ["announces too many bytes", "INC4225", raw([OK, "content-length: 1000000"])],
    ["announces two lengths", "INC4225", raw([OK, "content-length: 5", "content-length: 6"])],
    ["sends chunks of no length", "INC4225", raw([OK, "transfer-encoding: chunked"], "zz\r\n")],
    ["speaks something else", "INC4225", raw(["SSH-2.0-OpenSSH_9.2"])],
    ["sends headers without end", "INC4225", raw([OK, `x-more: ${"x".repeat(100_000)}`])],
    [
      "leads elsewhere for ever",
      "INC4225",
      raw(["HTTP/1.1 308 Permanent Redirect", "location: https://elsewhere.example/"]),
    ],
    ["has nothing to say", "INC4225", raw(["HTTP/1.1 204 No Content"])],
    [
      "sends another part",
      "INC4228",
      raw(["HTTP/1.1 206 Partial Content", "content-range: bytes 5-9/10", "content-length: 5"]),
    ],
    ["steers the terminal", "INC4225", raw(["HTTP/1.1 500 \u001b[31mred", "content-length: 0"])],
    [
      "wants a login first",
      "INC4228",
      (_, response) => {
        response.writeHead(200, { "content-type": "text/html" }).end("<html>please log in</html>");
        return true;
      },
    ],
    [
      "sends hints for ever",
      "INC4225",
      (_, response) => {
        const timer = setInterval(() => response.writeEarlyHints({ link: "</x>; rel=preload" }), 20);
        response.once("close", () => clearInterval(timer));
        return true;
      },
    ],
  ])("that %s costs one warning, %s", async (_, code, fault) => {
    const server = await start();
    await timed(server.url);
    server.fault = fault;
    const outcome = await timed(server.url);
    expect([outcome.warnings, ran(outcome)]).toEqual([[code], ALL]);
  });
});

describe("the proxy that the environment names", () => {
  const ADDRESS = "http://cache.example.invalid/";

  test("is asked, with its password, but for what NO_PROXY lists", async () => {
    // What it is asked for, it has itself.
    const proxy = await start();
    const sent = new Set<unknown>();
    proxy.fault = ({ headers }) => {
      sent.add(headers["proxy-authorization"]);
      return false;
    };
    const env = { HTTP_PROXY: proxy.url.replace("//", "//us3r:s3cret@") };
    expect(await timed(ADDRESS, env)).toMatchObject({ warnings: [] });
    expect(ran(await timed(ADDRESS, env))).toEqual([]);
    expect(proxy.requests.filter((line) => !line.includes(` ${ADDRESS}v1/`))).toEqual([]);
    expect(sent).toEqual(new Set([`Basic ${Buffer.from("us3r:s3cret").toString("base64")}`]));
    const asked = proxy.requests.length;
    const server = await start();
    expect(await timed(server.url, { ...env, NO_PROXY: "127.0.0.1" })).toMatchObject({ warnings: [] });
    expect([proxy.requests.length, server.objects.size > 0]).toEqual([asked, true]);
  });

  test("costs one warning where it refuses, and its password is not shown", async () => {
    const proxy = await start();
    proxy.fault = (_, response) => response.writeHead(407).end() !== undefined;
    const outcome = await timed(ADDRESS, { HTTP_PROXY: proxy.url.replace("//", "//us3r:s3cret@") });
    expect(outcome).toMatchObject({ warnings: ["INC4225"] });
    expect(JSON.stringify(outcome)).not.toContain("s3cret");
  });

  test.each(["http://[::bad", "http://u%zz:p@127.0.0.1:1", "nonsense"])("is none where it is %s", async (proxy) => {
    expect(await timed((await start()).url, { HTTP_PROXY: proxy })).toMatchObject({ warnings: [] });
  });
});

describe("TLS", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "inc-tls-"));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  test("a certificate that nobody trusts costs one warning; with NODE_EXTRA_CA_CERTS it is trusted", async () => {
    const tls = certificate(directory, "IP:127.0.0.1");
    const { url } = await start({ tls });
    const outcome = await timed(url);
    expect(outcome).toMatchObject({ code: 0, warnings: ["INC4225"] });
    expect(outcome.messages[0]).toContain("cannot be reached: self-signed certificate");
    expect(await timed(url, { NODE_EXTRA_CA_CERTS: tls.path })).toMatchObject({ code: 0, warnings: [] });
    expect(ran(await timed(url, { NODE_EXTRA_CA_CERTS: tls.path }))).toEqual([]);
  });

  test("one of another host costs one warning", async () => {
    const tls = certificate(directory, "DNS:elsewhere.example");
    const outcome = await timed((await start({ tls })).url, { NODE_EXTRA_CA_CERTS: tls.path });
    expect(outcome).toMatchObject({ code: 0, warnings: ["INC4225"] });
  });

  test.each(["https", "http"])(
    "an address that says %s where the server speaks the other costs one warning",
    async (scheme) => {
      const { url } = await start(scheme === "https" ? {} : { tls: certificate(directory, "IP:127.0.0.1") });
      const outcome = await timed(url.replace(/^\w+/, scheme));
      expect(outcome).toMatchObject({ code: 0, warnings: ["INC4225"] });
      expect(outcome.messages[0]).toMatch(/cannot be reached: (TLS failed, wrong version number|socket hang up);/);
    },
  );
});

test("an address of IPv6 with a user and a password", async (context) => {
  const server = await FaultServer.start({ host: "::1" }).catch(() => context.skip("this machine has no IPv6"));
  servers.push(server);
  const sent = new Set<string | undefined>();
  server.fault = (request) => {
    sent.add(request.headers.authorization);
    return false;
  };
  const address = server.url.replace("//", "//us%C3%A9r:p%40:%2F%23w@");
  expect(await timed(address)).toMatchObject({ warnings: [] });
  expect(await timed(address)).toMatchObject({ warnings: [], results: ALL.map((task) => `${task}: restored`) });
  expect(sent).toEqual(new Set([`Basic ${Buffer.from("usér:p@:/#w").toString("base64")}`]));
});
