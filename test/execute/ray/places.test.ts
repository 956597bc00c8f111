import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { certificate, type Fault, FaultServer } from "../../support/fault-server.ts";
import { patiently } from "../../support/patience.ts";

/** Places for data, as the driver and workers use them. These need Python, and no Ray. */
const hasPython = spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 10))"]).status === 0;
if (!hasPython) console.log("skipped: places for the data of a Ray cluster: there is no Python 3.10");

const DRIVER = fileURLToPath(new URL("../../../src/execute/ray", import.meta.url));

/** Carries out what it is asked on stdin, step by step, and says what came of each. */
const PROGRAM = `
import json, sys
sys.path.insert(0, sys.argv[1])
from driver import content, places, server
server.PAUSES = (0.0, 0.0)
settings, steps = json.load(sys.stdin)
where = server.Server(settings) if settings["kind"] == "http" else places.SharedDirectory(settings["directory"])
place = places.Placed(where)
for name, *args in steps:
    try:
        if name == "put":
            path, sha256, replaces = args
            place.put_file(path, sha256, content.Errand("1", replaces=replaces))
        elif name == "get":
            place.write_file(*args, [])
        else:
            getattr(place, name)()
        print(json.dumps("ok"))
    except (content.Missing, content.Changed, content.Unusable) as error:
        print(json.dumps([type(error).__name__, str(error)]))
`;

type Step =
  | readonly ["put", path: string, sha256: string, replaces: boolean]
  | readonly ["get", path: string, sha256: string]
  | readonly ["prove" | "check"];

let directory: string;
let servers: FaultServer[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "inc-places-"));
  servers = [];
});

afterEach(async () => {
  for (const server of servers) await server.close();
  rmSync(directory, { recursive: true, force: true });
});

async function perform(settings: object, steps: readonly Step[]): Promise<readonly unknown[]> {
  const child = spawn("python3", ["-B", "-c", PROGRAM, DRIVER], { stdio: ["pipe", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (bytes: Buffer) => {
    said += bytes;
  });
  child.stdin.end(JSON.stringify([settings, steps]));
  const ended = new Promise((resolve) => child.once("close", resolve));
  await patiently(ended, () => `the end of a program; it said ${said}`);
  return said
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}

async function started(more: Parameters<typeof FaultServer.start>[0] = {}): Promise<FaultServer> {
  const server = await FaultServer.start(more);
  servers.push(server);
  return server;
}

function settingsOf(server: FaultServer, more: object = {}): object {
  return { kind: "http", url: `${server.url}inc/`, authorization: null, authorities: null, ...more };
}

const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");

/** A file in the directory of the test, and its name as content. */
function file(name: string, text: string): readonly [path: string, sha256: string] {
  writeFileSync(join(directory, name), text);
  return [join(directory, name), sha256(text)];
}

const LONG = "0123456789".repeat(300_000);

describe.skipIf(!hasPython)("a place for data", () => {
  const shared = (): object => ({ kind: "shared", directory: join(directory, "shared") });

  test.each(["shared", "http"])(
    "%s: what is put comes back, and counts only if it is what its name says",
    async (kind) => {
      mkdirSync(join(directory, "shared"));
      const server = await started();
      const settings = kind === "shared" ? shared() : settingsOf(server);
      const [long, small] = [file("long", LONG), file("small", "small")];
      const back = join(directory, "back");
      expect(
        await perform(settings, [
          ["check"],
          ["get", back, long[1]],
          ["prove"],
          ["check"],
          ["put", ...long, false],
          ["get", back, long[1]],
          // It is another file by now than it was said to be: nothing is put.
          ["put", small[0], sha256("other"), false],
          ["get", join(directory, "none"), sha256("other")],
        ]),
      ).toEqual([
        ["Unusable", "does not have what inc has put there"],
        ["Missing", long[1]],
        "ok",
        "ok",
        "ok",
        "ok",
        ["Changed", small[0]],
        ["Missing", sha256("other")],
      ]);
      expect([readFileSync(back, "utf8") === LONG, existsSync(join(directory, "none"))]).toEqual([true, false]);
      const path = `v1/data/${long[1].slice(0, 2)}/${long[1]}`;
      if (kind === "shared") {
        writeFileSync(join(directory, "shared", path), LONG.replace("0", "x"));
        expect(readdirSync(join(directory, "shared/v1/tmp"))).toEqual([]);
      } else server.objects.set(`/inc/${path}`, Buffer.from(LONG.replace("0", "x")));
      expect(
        await perform(settings, [
          ["get", join(directory, "none"), long[1]],
          // What is there stays, unless it was found to be wrong.
          ["put", ...long, false],
          ["get", join(directory, "none"), long[1]],
          ["put", ...long, true],
          ["get", join(directory, "again"), long[1]],
        ]),
      ).toEqual([["Missing", long[1]], "ok", ["Missing", long[1]], "ok", "ok"]);
      expect([readFileSync(join(directory, "again"), "utf8") === LONG, existsSync(join(directory, "none"))]).toEqual([
        true,
        false,
      ]);
    },
  );

  test("a directory that is not there is not made", async () => {
    const steps = [["prove"], ["put", ...file("a", "a"), false], ["check"]] as const;
    expect(await perform(shared(), steps)).toEqual([
      ["Unusable", "is no directory there"],
      ["Unusable", "is no directory there"],
      ["Unusable", "does not have what inc has put there"],
    ]);
    expect(existsSync(join(directory, "shared"))).toBe(false);
  });

  test("a server is asked again when it does not answer, and not when it refuses", async () => {
    const server = await started();
    const long = file("long", LONG);
    let left = 2;
    const failing: Fault = (request, response, stored) => {
      if (left === 0 || request.method === "HEAD") return false;
      left -= 1;
      if (request.method === "PUT") {
        if (left > 0) request.socket.destroy();
        else response.writeHead(503).end();
      } else {
        // The whole is announced, and the connection ends in its midst.
        response.writeHead(200, { "content-length": stored?.length ?? 0 });
        response.write(stored?.subarray(0, 100_000), () => response.destroy());
      }
      return true;
    };
    server.fault = failing;
    expect(await perform(settingsOf(server), [["put", ...long, false]])).toEqual(["ok"]);
    left = 2;
    expect(await perform(settingsOf(server), [["get", join(directory, "back"), long[1]]])).toEqual(["ok"]);
    expect(readFileSync(join(directory, "back"), "utf8") === LONG).toBe(true);
    left = Number.POSITIVE_INFINITY;
    expect(await perform(settingsOf(server), [["put", ...file("a", "a"), false]])).toEqual([
      ["Unusable", expect.stringMatching(/^cannot be reached: /)],
    ]);
    server.requests.length = 0;
    server.fault = (_, response) => {
      response.writeHead(403).end();
      return true;
    };
    expect(await perform(settingsOf(server), [["prove"], ["check"]])).toEqual([
      ["Unusable", "answered 403 Forbidden"],
      ["Unusable", "answered 403 Forbidden"],
    ]);
    expect(server.requests.map((request) => request.split(" ")[0])).toEqual(["PUT", "HEAD"]);
  });

  test("a token goes to its server alone", async () => {
    const [server, other] = [await started(), await started()];
    const tokens: unknown[] = [];
    other.fault = (request) => {
      tokens.push(request.headers.authorization);
      return false;
    };
    server.fault = (request, response) => {
      if (request.headers.authorization !== "Bearer right") response.writeHead(401).end();
      else response.writeHead(307, { location: `${other.url}inc/` }).end();
      return true;
    };
    expect(await perform(settingsOf(server), [["prove"]])).toEqual([["Unusable", "answered 401 Unauthorized"]]);
    expect(await perform(settingsOf(server, { authorization: "Bearer right" }), [["prove"], ["check"]])).toEqual([
      ["Unusable", "answered 307 Temporary Redirect"],
      ["Unusable", "answered 307 Temporary Redirect"],
    ]);
    expect(tokens).toEqual([]);
  });

  test("a certificate that the machine does not trust is refused, unless inc trusts it", async () => {
    const tls = certificate(directory, "IP:127.0.0.1");
    const server = await started({ tls });
    expect(await perform(settingsOf(server), [["prove"]])).toEqual([
      ["Unusable", expect.stringMatching(/^is not trusted: self.signed certificate/)],
    ]);
    const trusting = settingsOf(server, { authorities: readFileSync(tls.path, "utf8") });
    expect(await perform(trusting, [["prove"], ["check"]])).toEqual(["ok", "ok"]);
  });
});
