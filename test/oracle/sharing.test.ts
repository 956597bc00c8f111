import { createHash, randomInt } from "node:crypto";
import { readdirSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DOWNLOADS, type Download } from "../../src/model/download.ts";
import { FaultServer } from "../support/fault-server.ts";
import type { Rig } from "../support/rig.ts";
import { Checkouts, cache, runShared } from "../support/shared-runs.ts";
import { Random } from "./random.ts";

/** INC_SHARING_SEED repeats a walk; INC_SHARING_STEPS makes it longer. */
const SEED = Number(process.env["INC_SHARING_SEED"] ?? randomInt(2 ** 31));
const STEPS = Number(process.env["INC_SHARING_STEPS"] ?? 25);

const KILLER = fileURLToPath(new URL("../support/kill-at.mjs", import.meta.url));

const MANIFEST = `
export const one = task(sh\`cat \${file("a.txt")} > \${out("b/one")}; echo one\`);
export const two = task(sh\`cat \${one} \${file("c.txt")} > \${out("b/two")}\`);
export const found = task(sh\`f=a.txt; [ -s c.txt ] && f=c.txt; cat $f > \${out("b/found")}; echo "b/found: $f c.txt" > \${depfile("b/found.d")}\`, { inputs: [file("d/x.txt")] });
export const parts = each(files("d/*.txt"), (part) => task(sh\`tr a-z A-Z < \${part} > \${out(\`b/p/\${part.name}\`)}\`));
export const tree = task(sh\`mkdir -p \${out("t/")}/in && cat \${parts} > t/in/all && cp a.txt t/a && ln -s a t/link\`, { inputs: [file("a.txt")] });
export const many = task(sh\`mkdir -p \${out("m/")}/in && split -a 3 -b 4096 \${file("pool.txt")} m/in/p && cp \${file("a.txt")} m/a; echo \${file("c.txt")}\`);
export const check = task(sh\`test -e \${one}\`);
export const last = task(sh\`cat t/in/all \${two} \${found} > \${out("b/last")}\`, { inputs: [tree, check, many] });
`;

const SOURCES = ["a.txt", "c.txt", "d/x.txt", "d/y.txt", "d/z.txt", "pool.txt"] as const;

/** All that a run leaves in a workspace. */
const MADE = [".inc", "b", "t", "m"];

/** What `many` cuts into files that are packed. They share their beginnings, so that packs are here in part. */
const POOLS = [1, 2, 3].map((n) => {
  const noise = createHash("shake256", { outputLength: 300_000 }).update("pool").digest();
  return `${noise.toString("base64").slice(0, 100_000 * n)}${n}`;
});

/** The long ones are more than a record holds, so that outputs may be left away. */
const TEXTS = ["", "one\n", `two\n${POOLS[0]?.slice(0, 30_000)}\n`, `three\n${POOLS[0]?.slice(30_000, 70_000)}\n`];

let checkouts: Checkouts;
let server: FaultServer;

beforeEach(async () => {
  checkouts = new Checkouts();
  server = await FaultServer.start();
});

afterEach(async () => {
  await checkouts.close();
  await server.close();
});

/** What the tasks make of the sources. */
function expected(sources: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const text = (path: string): string => sources.get(path) ?? "";
  const parts = [...sources.keys()].filter((path) => path.startsWith("d/")).sort();
  const upper = parts.map((path) => text(path).toUpperCase()).join("");
  const found = text("c.txt") === "" ? text("a.txt") : text("c.txt");
  const two = text("a.txt") + text("c.txt");
  return {
    "b/one": text("a.txt"),
    "b/two": two,
    "b/found": found,
    "t/in/all": upper,
    "t/link": text("a.txt"),
    "b/last": upper + two + found,
    "m/a": text("a.txt"),
    "m/in": text("pool.txt"),
  };
}

/** The bytes of an output; of a directory those of its files. */
function contentOf(rig: Rig, path: string): string {
  if (path !== "m/in") return rig.read(path);
  const names = readdirSync(rig.path(path)).sort();
  return names.map((name) => rig.read(`${path}/${name}`)).join("");
}

/** A server that loses, corrupts, delays and refuses. */
function misbehave(random: Random): void {
  server.fault = (_, response, stored) => {
    const dice = random.next();
    if (dice < 0.04) return answer(response, 503);
    if (dice < 0.06) return answer(response, 404);
    if (dice < 0.08) return void response.destroy() === undefined;
    if (stored === undefined || dice >= 0.2) return false;
    if (dice < 0.12) return late(response, stored, random);
    return dice < 0.15 ? cut(response, stored, random) : lie(response, stored, random);
  };
}

function answer(response: ServerResponse, status: number): true {
  response.writeHead(status).end();
  return true;
}

function late(response: ServerResponse, stored: Buffer, random: Random): true {
  setTimeout(() => response.end(stored), random.below(200));
  return true;
}

/** Breaks the connection off, after it has said that it can go on from there. */
function cut(response: ServerResponse, stored: Buffer, random: Random): true {
  response.writeHead(200, { "content-length": stored.length, "accept-ranges": "bytes" });
  response.write(stored.subarray(0, random.below(stored.length + 1)), () => response.destroy());
  return true;
}

function lie(response: ServerResponse, stored: Buffer, random: Random): true {
  const bytes = Buffer.from(stored);
  const at = random.below(Math.max(1, bytes.length));
  if (random.chance(0.5)) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  response.end(random.chance(0.3) ? bytes.subarray(0, at) : bytes);
  return true;
}

/** What is stored rots, or is evicted. */
function rot(random: Random): void {
  for (const [path, bytes] of server.objects) {
    const dice = random.next();
    if (dice < 0.03) server.objects.delete(path);
    else if (dice < 0.05) server.objects.set(path, bytes.subarray(0, random.below(bytes.length)));
    else if (dice < 0.06)
      server.objects.set(path, [...server.objects.values()][random.below(server.objects.size)] as Buffer);
  }
}

function edit(rig: Rig, sources: Map<string, string>, random: Random): void {
  const path = random.pick(SOURCES);
  // Few contents, so that the workspaces come to the same states.
  const text = random.pick(path === "pool.txt" ? POOLS : TEXTS);
  if (path === "d/z.txt" && random.chance(0.4)) {
    rig.remove(path);
    sources.delete(path);
    return;
  }
  rig.write(path, text);
  sources.set(path, text);
}

/** A run that is killed before the file operation with that number, if it comes to that. */
async function killed(rig: Rig, download: Download, at: number): Promise<void> {
  const env = { NODE_OPTIONS: `--import=${KILLER}`, KILL_AT: String(at) };
  await rig.start(["run"], { env: { ...env, INC_REMOTE: server.url, INC_REMOTE_DOWNLOAD: download } }).ended;
}

/** Nothing has changed since the last run: another one runs nothing, whatever the server does. */
async function expectFresh(rig: Rig, download: Download, step: number): Promise<void> {
  const { results } = await runShared(rig, { INC_REMOTE: server.url, INC_REMOTE_DOWNLOAD: download });
  expect({ step, results: results.filter((line) => !line.endsWith(": fresh")) }).toEqual({ step, results: [] });
}

/**
 * Compares the outputs that are there with what they should be; all of those must be there that the choice promises. Gives how many
 * are not.
 */
function compare(when: string, rig: Rig, sources: ReadonlyMap<string, string>, download: Download): number {
  const wanted = Object.entries(expected(sources));
  const promised = wanted.filter(([path]) => download === "all" || (download === "toplevel" && path === "b/last"));
  const there = new Map([...promised, ...wanted.filter(([path]) => rig.exists(path))]);
  const outputs = Object.fromEntries(
    [...there.keys()].map((path) => [path, rig.exists(path) ? contentOf(rig, path) : null]),
  );
  expect({ when, outputs }).toEqual({ when, outputs: Object.fromEntries(there) });
  return wanted.length - there.size;
}

test(`two workspaces that share a bad server never have a wrong output, whatever they bring (INC_SHARING_SEED=${SEED})`, async () => {
  const random = new Random(SEED);
  const first = new Map(SOURCES.map((path) => [path as string, path === "pool.txt" ? (POOLS[0] as string) : "one\n"]));
  const spaces = [
    { rig: await checkouts.make(MANIFEST, Object.fromEntries(first)), sources: new Map(first) },
    { rig: await checkouts.make(MANIFEST, Object.fromEntries(first)), sources: new Map(first) },
  ];
  for (let step = 0; step < STEPS; step += 1) {
    const { rig, sources } = random.pick(spaces);
    for (let edits = random.below(3); edits > 0; edits -= 1) edit(rig, sources, random);
    // Another machine starts from nothing.
    if (random.chance(0.4)) for (const path of MADE) rig.remove(path);
    rot(random);
    if (random.chance(0.5)) misbehave(random);
    else server.fault = () => false;
    const download = random.pick(DOWNLOADS);
    if (random.chance(0.2)) await killed(rig, download, 1 + random.below(120));
    const outcome = await runShared(rig, { INC_REMOTE: server.url, INC_REMOTE_DOWNLOAD: download });
    expect({ step, download, ...outcome }).toMatchObject({ code: 0, stderr: "" });
    compare(`${step} ${download}`, rig, sources, download);
    if (random.chance(0.2)) {
      const command = random.pick(["push", "pull", "verify"]);
      const { code, stderr } = await cache(rig, [command], { INC_REMOTE: server.url });
      expect({ step, command, stderr, isUsual: code === 0 || code === 1 }).toMatchObject({ isUsual: true });
    }
    if (random.chance(0.2)) await expectFresh(rig, download, step);
  }
  for (const { rig, sources } of spaces) {
    expect(await runShared(rig, { INC_REMOTE: server.url })).toMatchObject({ code: 0, stderr: "" });
    expect(compare("in the end", rig, sources, "all")).toBe(0);
  }
  const { rig, sources } = random.pick(spaces);
  await expectSharing(rig, sources);
});

/** With a good server, results are restored, by bundles too, left away and brought: else the walk would show nothing. */
async function expectSharing(rig: Rig, before: ReadonlyMap<string, string>): Promise<void> {
  server.fault = () => false;
  server.objects.clear();
  // More than a record holds.
  const long = { "a.txt": TEXTS[2] as string, "c.txt": TEXTS[3] as string };
  const sources = new Map([...before, ...Object.entries(long)]);
  for (const [path, text] of Object.entries(long)) rig.write(path, text);
  const asked = (kind: string): number => server.requests.filter((line) => line.startsWith(`GET /v1/${kind}/`)).length;
  const restoredAnew = async (download: Download): Promise<number> => {
    for (const path of MADE) rig.remove(path);
    server.requests.splice(0);
    const { results } = await runShared(rig, { INC_REMOTE: server.url, INC_REMOTE_DOWNLOAD: download });
    return results.filter((line) => line.endsWith("restored")).length;
  };
  expect(await restoredAnew("all")).toBe(0);
  expect(await restoredAnew("minimal")).toBeGreaterThan(0);
  expect(compare("leaving outputs away", rig, sources, "minimal")).toBeGreaterThan(0);
  // What takes more results than it asks for records has a bundle.
  expect(await restoredAnew("all")).toBeGreaterThan(asked("records"));
  expect(compare("bringing all", rig, sources, "all")).toBe(0);
  expect(asked("blobs")).toBeGreaterThan(0);
}
