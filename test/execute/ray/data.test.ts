import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { DataPlace } from "../../../src/execute/ray/data-place.ts";
import { certificate } from "../../support/fault-server.ts";
import { patiently } from "../../support/patience.ts";
import type { Rig } from "../../support/rig.ts";
import { runBy } from "../executed.ts";
import { HEAD } from "./cluster.ts";
import { describeOnRay } from "./suite.ts";

const SERVER = fileURLToPath(new URL("data-server.ts", import.meta.url));

/** Large files both ways, a directory with a pack of small ones, and a task that reads what was made there. */
const MANIFEST = `
  export const big = task(sh\`(cat \${file("large")}; echo more) > \${out("big")}\`);
  export const tree = task(sh\`
    mkdir -p \${out("tree/")}; cp \${big} tree/big
    for i in $(seq 40); do head -c 50000 /dev/zero | tr '\\\\0' $((i % 10)) > tree/$i; done
  \`);
  export const sum = task(sh\`cat \${tree}/* | cksum > \${out("sum")}\`);
`;
const FILES = { large: "0123456789".repeat(30_000) };

/** A place for data, as a test looks at it. */
interface TestPlace {
  readonly data: DataPlace;
  /** How often content was put there, by the names of content, without what inc itself looks for. */
  puts(): readonly string[];
  damage(): Promise<void>;
}

describeOnRay("data by other ways than Ray's object store", {}, (ray) => {
  const { flags, links, rigs } = ray;
  let directory: string;
  let server: ChildProcess | undefined;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "inc-data-"));
  });

  afterEach(async () => {
    const ended = server && new Promise((resolve) => server?.once("close", resolve));
    server?.stdin?.end();
    await ended;
    server = undefined;
    rmSync(directory, { recursive: true, force: true });
  });

  /** A server in the network of the cluster. Gives its address and its lines. */
  async function serve(tls: readonly string[] = []): Promise<readonly [url: string, lines: string[], ask: Ask]> {
    const [program, ...args] = ray.cluster.inside([process.execPath, SERVER, "right", ...tls]);
    server = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    const lines: string[] = [];
    const said: Interface = createInterface({ input: server.stdout as NonNullable<ChildProcess["stdout"]> });
    said.on("line", (line) => lines.push(line));
    const next = (text: string): Promise<void> =>
      patiently(
        new Promise((resolve) => said.on("line", (line) => line.startsWith(text) && resolve())),
        () => `"${text}" from the server`,
      );
    await next("http");
    return [
      lines.shift() ?? "",
      lines,
      (words) => {
        const done = next("done");
        server?.stdin?.write(`${words}\n`);
        return done;
      },
    ];
  }

  async function placeOf(kind: string): Promise<TestPlace> {
    if (kind === "shared") return sharedPlace(directory);
    const [url, lines, ask] = await serve();
    return {
      data: { kind: "http", url, authorization: "Bearer right", authorities: null },
      puts: () => withoutProbe(lines.flatMap((line) => /^PUT .*\/(\w+)$/.exec(line)?.[1] ?? [])),
      damage: () => ask("damage"),
    };
  }

  test.each(["shared", "http"])("%s: results are the same, and what is damaged there is put anew", async (kind) => {
    const place = await placeOf(kind);
    const [here, there, again] = [
      await rigs.of(MANIFEST, FILES),
      await rigs.of(MANIFEST, FILES),
      await rigs.of(MANIFEST, FILES),
    ];
    expect((await runBy(here, undefined)).summary).toMatchObject({ ran: 3 });
    const far = await runBy(there, links.through(ray.cluster.python, place.data));
    expect(far.summary).toMatchObject({ ran: 3, failed: 0, exit: 0 });
    expect([...far.records.values()].map(({ executor }) => executor)).toEqual(["ray", "ray", "ray"]);
    expect(contentOf(there)).toEqual(contentOf(here));
    // What the next task reads is there already; nothing is in Ray's stores.
    expect(ray.cluster.pids("ray::Store")).toEqual([]);
    const names = [FILES.large, `${FILES.large}more\n`].map(sha256);
    const first = place.puts();
    expect(first).toHaveLength(3);
    expect(first).toEqual(expect.arrayContaining(names));

    // Another checkout finds the data there, whose bytes are not what they were.
    await place.damage();
    const anew = await runBy(again, links.through(ray.cluster.python, place.data));
    expect(anew.summary).toMatchObject({ ran: 3, failed: 0, exit: 0 });
    expect(contentOf(again)).toEqual(contentOf(here));
    expect(readdirSync(again.path(".inc/tmp"))).toEqual([]);
    const second = await runBy(there, links.through(ray.cluster.python, place.data), { force: true });
    expect(second.summary).toMatchObject({ ran: 3, failed: 0, exit: 0 });
    expect(contentOf(there)).toEqual(contentOf(here));
    // Once each, and once more each of the four that were damaged when they were asked for.
    if (kind === "http") expect(place.puts().length).toBe(7);
  });

  test("the shared cache is the place: a directory for results holds data as well, which prune removes", async () => {
    mkdirSync(join(directory, "cache"));
    const remote = `file://${directory}/cache`;
    const rig = await rigs.of(
      `${MANIFEST}export default config({ executor: ray({ address: "${HEAD}", python: "${ray.cluster.python}", data: "shared" }) });`,
      FILES,
    );
    const ran = await rig.run("run", "--remote", remote);
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    expect(readdirSync(join(directory, "cache/v1")).sort()).toEqual(["blobs", "data", "records", "tmp"]);
    const stats = await rig.run("cache", "stats", "--remote", remote);
    expect(stats.stdout).toMatch(/, 4 files of attempts on Ray with /);
    expect((await rig.run("cache", "verify", "--remote", remote)).code).toBe(0);
    const early = await rig.run("cache", "prune", "--older-than", "30d", "--remote", remote);
    expect(early.stdout).toMatch(/^removed 0 records and 0 blobs \(0 B\) of /);
    const doctor = await rig.run("doctor", "--executor", "ray", "--remote", remote);
    expect([doctor.code, doctor.stdout]).toEqual([0, expect.stringContaining(`by ${directory}/cache\n`)]);
    rmSync(join(directory, "cache"), { recursive: true });
    const lost = await rig.run("doctor", "--executor", "ray", "--remote", remote);
    expect([lost.code, lost.stderr]).toEqual([
      2,
      expect.stringContaining(
        `error INC1073: the data of tasks cannot go by ${directory}/cache, which is no directory there`,
      ),
    ]);
  });

  test("a server is reached with the token and the certificates that inc has", async () => {
    const { path } = certificate(directory, "IP:127.0.0.1");
    const [url] = await serve([directory]);
    const rig = await rigs.of(`export const one = task(sh\`true\`);`);
    const doctor = (env: Readonly<Record<string, string>>) =>
      rig.start(["doctor", ...flags(), "--ray-data", "http", "--remote", url], { env }).ended;
    const right = await doctor({ INC_REMOTE_TOKEN: "right", NODE_EXTRA_CA_CERTS: path });
    expect([right.code, right.stderr, right.stdout]).toEqual([0, "", expect.stringContaining(`by ${url}\n`)]);
    const wrong = await doctor({ INC_REMOTE_TOKEN: "wrong", NODE_EXTRA_CA_CERTS: path });
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining(`error INC1073: the data of tasks cannot go by ${url}, which answered 401 Unauthorized`),
    ]);
    const strange = await doctor({ INC_REMOTE_TOKEN: "right" });
    expect([strange.code, strange.stderr]).toEqual([2, expect.stringContaining("which is not trusted: ")]);
  });
});

type Ask = (words: string) => Promise<void>;

function sharedPlace(directory: string): TestPlace {
  const root = join(directory, "shared");
  mkdirSync(root);
  const data = (): readonly string[] =>
    readdirSync(join(root, "v1/data"), { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? join(entry.parentPath, entry.name) : [],
    );
  return {
    data: { kind: "shared", directory: root },
    puts: () => withoutProbe(data().map((path) => path.split("/").at(-1) ?? "")),
    damage: async () => {
      for (const path of data()) writeFileSync(path, Buffer.alloc(readFileSync(path).length, "-"));
    },
  };
}

/** Each driver puts a few words first of all. */
function withoutProbe(names: readonly string[]): readonly string[] {
  const probe = sha256("inc puts this here to see that all machines look at the same place\n");
  return names.filter((name) => name !== probe);
}

function contentOf(rig: Rig): readonly (readonly [string, string])[] {
  return ["big", "sum", ...readdirSync(rig.path("tree")).map((name) => `tree/${name}`)].map((path) => [
    path,
    sha256(readFileSync(rig.path(path))),
  ]);
}

function sha256(text: string | Buffer): string {
  return createHash("sha256").update(text).digest("hex");
}
