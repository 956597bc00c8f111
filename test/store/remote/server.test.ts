import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeSmall } from "../../../src/store/remote/coding.ts";
import { EventLines } from "../../support/event-lines.ts";
import { FaultServer } from "../../support/fault-server.ts";
import { freePort } from "../../support/servers.ts";
import { Checkouts, ran, runShared, type SharedRun } from "../../support/shared-runs.ts";
import { stoppedServer } from "./stopped-server.ts";

let checkouts: Checkouts;

beforeEach(() => {
  checkouts = new Checkouts();
});

afterEach(() => checkouts.close());

describe("a server that misbehaves never fails a run", () => {
  let server: FaultServer;

  /** Links of a chain: each is decided only after the one before, so that what one look-up costs is paid ten times. */
  const CHAIN = [...Array(10).keys()]
    .map((i) =>
      i === 0
        ? 'export const t0 = task(sh`echo 0 > ${out("build/t0")}`);'
        : `export const t${i} = task(sh\`cat \${t${i - 1}} > \${out("build/t${i}")}\`);`,
    )
    .join("\n");
  const ALL = [...Array(10).keys()].map((i) => `t${i}`);

  /** A record that unpacks to 30 MB. */
  const BOMB = Buffer.concat([
    Buffer.from("inc-record-3  \n"),
    encodeSmall(Buffer.from(`{"a":[${"[],".repeat(10_000_000)}[]]}\n`)),
  ]);

  beforeEach(async () => {
    server = await FaultServer.start();
  });

  afterEach(() => server.close());

  /** Milliseconds that it may take: 5 s, and what a busy machine adds; less than if each of the ten tasks waited for the server. */
  const BOUND = 5000 + 20_000;

  async function timed(address = server.url): Promise<SharedRun> {
    const rig = await checkouts.make(CHAIN);
    const started = performance.now();
    const outcome = await runShared(rig, { INC_REMOTE: address });
    expect(performance.now() - started).toBeLessThan(BOUND);
    expect(rig.read("build/t9")).toBe("0\n");
    return outcome;
  }

  async function fill(): Promise<void> {
    await runShared(await checkouts.make(CHAIN), { INC_REMOTE: server.url });
    // A record each, its name, a bundle of all, and the mark that it bears.
    expect(server.objects.size).toBe(22);
  }

  test("nothing listens", async () => {
    const outcome = await timed(`http://127.0.0.1:${await freePort()}/`);
    expect(outcome).toMatchObject({ code: 0, warnings: ["INC4225"] });
    expect(outcome.messages[0]).toContain("cannot be reached: connect ECONNREFUSED");
    expect(ran(outcome)).toEqual(ALL);
  });

  test.each<[string, string, FaultServer["fault"]]>([
    ["hangs", "kept this run waiting for 5 s", () => true],
    [
      "hangs after the headers",
      "kept this run waiting for 5 s",
      (_, response) => {
        response.writeHead(200, { "content-length": 1000 }).flushHeaders();
        return true;
      },
    ],
    [
      "drips",
      "kept this run waiting for 5 s",
      (_, response) => {
        const timer = setInterval(() => response.write("x"), 50);
        response.once("close", () => clearInterval(timer));
        return true;
      },
    ],
    [
      "answers late",
      "kept this run waiting for 5 s",
      (request, response) => {
        setTimeout(() => response.writeHead(404).end(), request.method === "GET" ? 1200 : 0);
        return true;
      },
    ],
    [
      "closes every connection",
      "cannot be reached",
      (request) => {
        request.socket.destroy();
        return true;
      },
    ],
    [
      "is broken",
      "answered 503",
      (_, response) => {
        response.writeHead(503).end("<html>");
        return true;
      },
    ],
    [
      "limits its rate for long",
      "asks to be left alone for 60 s",
      (_, response) => {
        response.writeHead(429, { "retry-after": "60" }).end();
        return true;
      },
    ],
    [
      "leads elsewhere",
      "answered 302",
      (_, response) => {
        response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
        return true;
      },
    ],
    [
      "wants another user",
      "answered 403",
      (_, response) => {
        response.writeHead(403).end();
        return true;
      },
    ],
  ])("it %s", async (_, message, fault) => {
    server.fault = fault;
    const outcome = await timed();
    expect(outcome).toMatchObject({ code: 0, warnings: ["INC4225"] });
    expect(outcome.messages[0]).toContain(message);
    expect(ran(outcome)).toEqual(ALL);
  });

  test("it limits its rate for a moment: nothing is asked meanwhile, and no warning is due", async () => {
    let isFirst = true;
    server.fault = (_, response) => {
      if (!isFirst) return false;
      isFirst = false;
      response.writeHead(429, { "retry-after": "1" }).end();
      return true;
    };
    expect(await timed()).toMatchObject({ code: 0, warnings: [] });
  });

  test.each<[string, FaultServer["fault"]]>([
    [
      "answers with other bytes",
      (_, response, stored) => {
        response.end(Buffer.alloc(stored?.length ?? 0, 120));
        return true;
      },
    ],
    [
      "answers with a page",
      (_, response) => {
        response.end("<html>please log in</html>");
        return true;
      },
    ],
    [
      "cuts records off",
      (request, response, stored) => {
        if (request.url?.includes("records") !== true || request.method !== "GET") return false;
        response.writeHead(200, { "content-length": stored?.length ?? 0 });
        response.write(stored?.subarray(0, 10) ?? "", () => response.destroy());
        return true;
      },
    ],
  ])("it %s", async (_, fault) => {
    await fill();
    server.fault = (request, ...rest) => request.method === "GET" && fault(request, ...rest);
    const outcome = await timed();
    expect(outcome.code).toBe(0);
    expect(ran(outcome)).toEqual(ALL);
  });

  test("records of a few KiB that are millions of values are of no use", async () => {
    await fill();
    // How long it takes depends on the machine: what is in vain counts as waiting (`waiting.test.ts`).
    server.fault = (request, response) => request.method === "GET" && response.end(BOMB) !== undefined;
    const outcome = await runShared(await checkouts.make(CHAIN), { INC_REMOTE: server.url });
    expect([outcome.code, ran(outcome)]).toEqual([0, ALL]);
    expect(outcome.warnings).toContain("INC4228");
  });

  test("a record without end is given up", async () => {
    server.fault = (request, response) => {
      if (request.method !== "GET") return false;
      const piece = Buffer.alloc(1024 * 1024, 120);
      const more = (): void => void (response.writable && response.write(piece, more));
      more();
      return true;
    };
    expect((await timed()).code).toBe(0);
  });

  test.each<[string, string, FaultServer["fault"]]>([
    [
      "is full",
      "answered 507",
      (_, response) => {
        response.writeHead(507).end();
        return true;
      },
    ],
    [
      "takes nothing so large",
      "answered 413",
      (_, response) => {
        response.writeHead(413).end();
        return true;
      },
    ],
    [
      "knows no PUT",
      "answered 405",
      (_, response) => {
        response.writeHead(405).end();
        return true;
      },
    ],
  ])("for writers it %s", async (_, message, fault) => {
    server.fault = (request, ...rest) => request.method === "PUT" && fault(request, ...rest);
    const outcome = await timed();
    expect(outcome).toMatchObject({ code: 0, warnings: ["INC4227"] });
    expect(outcome.messages[0]).toContain(`10 results were not shared: ${server.url} ${message}`);
  });

  test.each<[string, FaultServer["fault"]]>([
    [
      "takes a body and never answers",
      (request) => {
        request.resume();
        return true;
      },
    ],
    ["never takes a body", () => true],
  ])("for writers it %s", async (_, fault) => {
    server.fault = (request, ...rest) => request.method === "PUT" && fault(request, ...rest);
    expect(await timed()).toMatchObject({ code: 0, warnings: ["INC4225"] });
  });

  test("nobody accepts the connection", async () => {
    const { pid, port, kill } = await stoppedServer();
    try {
      const outcome = await timed(`http://127.0.0.1:${port}/`);
      expect(outcome).toMatchObject({ code: 0, warnings: ["INC4225"] });
      expect(ran(outcome)).toEqual(ALL);
    } finally {
      kill(pid);
    }
  });

  test("a watch takes results, gives none, and does without a dead server for a while", async () => {
    await fill();
    const objects = server.objects.size;
    const rig = await checkouts.make(CHAIN);
    const running = rig.start(["watch", "--json"], { env: { INC_REMOTE: server.url } });
    const lines = new EventLines(running);
    const until = async (kind: string): Promise<string> => (await lines.until(kind)).join("\n");
    expect(await until("run-ended")).toMatch(/"restored":10,/);
    server.fault = (request) => {
      request.socket.destroy();
      return true;
    };
    rig.manifest(CHAIN.replace("echo 0", "echo 1"));
    const first = await until("run-ended");
    expect(first.match(/INC4225/g)).toHaveLength(1);
    const asked = server.requests.length;
    rig.manifest(CHAIN.replace("echo 0", "echo 2"));
    expect(await until("run-ended")).not.toContain("INC4225");
    expect(server.requests).toHaveLength(asked);
    expect(server.objects.size).toBe(objects);
    running.child.kill("SIGINT");
    await running.ended;
  });
});
