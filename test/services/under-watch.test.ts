import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EventLines } from "../support/event-lines.ts";
import { Rig } from "../support/rig.ts";
import type { Running } from "../support/running.ts";
import { addServer, freePort, storyOf } from "../support/servers.ts";

let rig: Rig;
let port: number;

beforeEach(async () => {
  rig = await Rig.create();
  addServer(rig);
  port = await freePort();
});

afterEach(() => rig.close());

/** A watch, and what happened in it from one quiet moment to the next. */
class Watching {
  readonly running: Running;
  readonly #lines: EventLines;

  constructor(...args: string[]) {
    this.running = rig.start(["watch", "--json", ...args]);
    this.#lines = new EventLines(this.running);
  }

  /** The events until watch is quiet the next time. */
  async quiet(): Promise<string[]> {
    return storyOf(await this.#lines.until("watch-quiet"));
  }

  /** Signals watch, and returns the events until it ends. */
  async stop(...signals: NodeJS.Signals[]): Promise<string[]> {
    for (const signal of signals) this.running.child.kill(signal);
    expect((await this.running.ended).code).toBe(130);
    return storyOf(this.#lines.rest());
  }
}

function withWeb(): void {
  rig.write("word.txt", "hi");
  rig.write("in.txt", "1");
  rig.manifest(`
export const web = service(sh\`node server.mjs web ${port} \${file("word.txt")}\`, { ready: { port: ${port} } });
export const check = task(sh\`node get.mjs ${port} > \${out("build/got")}; cat \${file("in.txt")}\`, { inputs: [web] });`);
}

test("a service stays up from run to run, and is restarted only when its inputs change", async () => {
  withWeb();
  const watching = new Watching();
  expect(await watching.quiet()).toEqual(["web started", "web ready", "check ran"]);
  rig.write("in.txt", "2");
  expect(await watching.quiet()).toEqual(["check ran"]);
  rig.write("word.txt", "ho");
  expect(await watching.quiet()).toEqual(["web stopped", "web started", "web ready", "check ran"]);
  expect(rig.read("build/got")).toBe("ho");
  rig.write("word.txt", "hi");
  expect((await watching.quiet()).sort()).toEqual(["check restored", "web ready", "web started", "web stopped"]);
  expect((await rig.run("status")).stdout).toMatch(/^1 of 1 fresh\nrunning {7}web {2}process \d+\n/);
  expect(await watching.stop("SIGINT")).toEqual(["web stopped"]);
});

test("services are stopped in reverse order, also when watch is interrupted twice", async () => {
  const other = await freePort();
  rig.manifest(`
export const db = service(sh\`node server.mjs db ${other}\`, { ready: { port: ${other} } });
export const web = service(sh\`node server.mjs web ${port}\`, { ready: { line: "listens" }, inputs: [db] });`);
  const watching = new Watching();
  const [db, web] = await Promise.all([rig.waitFor("db"), rig.waitFor("web")]);
  expect(await watching.quiet()).toEqual(["db started", "db ready", "web started", "web ready"]);
  expect(await watching.stop("SIGINT", "SIGINT")).toEqual(["web stopped", "db stopped"]);
  await Promise.all([db.gone, web.gone]);
});

test("watch with names starts only the named services and those that a named task needs", async () => {
  withWeb();
  rig.write("pipeline.ts", `${rig.read("pipeline.ts")}\nexport const spare = service(sh\`sleep 1000\`);`);
  const watching = new Watching("check");
  expect(await watching.quiet()).toEqual(["web started", "web ready", "check ran"]);
  expect(await watching.stop("SIGTERM")).toEqual(["web stopped"]);
  const named = new Watching("spare");
  expect(await named.quiet()).toEqual(["spare started", "spare ready"]);
  expect(await named.stop("SIGTERM")).toEqual(["spare stopped"]);
});

test("a service that is removed from the manifest is stopped, and one that is added is started", async () => {
  const declare = (name: string): void => rig.manifest(`export const ${name} = service(sh\`${rig.held("it")}\`);`);
  declare("one");
  const watching = new Watching();
  expect(await watching.quiet()).toEqual(["one started", "one ready"]);
  const one = await rig.waitFor("it");
  declare("two");
  expect((await watching.quiet()).sort()).toEqual(["one stopped", "two ready", "two started"]);
  await one.gone;
  expect(await watching.stop("SIGINT")).toEqual(["two stopped"]);
});

describe("a crash", () => {
  test("is reported, and the service is started again", async () => {
    withWeb();
    const running = rig.start(["watch"]);
    const web = await rig.waitFor("web");
    await running.printed("watching for changes");
    web.release();
    await running.printed("crashed  web  exit code 3, restarting in 250ms");
    const again = await rig.waitFor("web");
    await running.printed("web | out of order");
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    await again.gone;
  });

  test("during an attempt makes the task run again once the service is ready again", async () => {
    rig.manifest(`
export const web = service(sh\`node server.mjs web ${port}\`, { ready: { port: ${port} } });
export const check = task(sh\`${rig.held("check")}; node get.mjs ${port}\`, { inputs: [web] });`);
    const watching = new Watching();
    const [web, check] = await Promise.all([rig.waitFor("web"), rig.waitFor("check")]);
    rig.open("check");
    web.release();
    await web.gone;
    check.release();
    let story: string[] = [];
    while (!story.includes("check ran")) story = [...story, ...(await watching.quiet())];
    expect(story.slice(0, 3)).toEqual(["web started", "web ready", "web crashed"]);
    await watching.stop("SIGINT");
  });

  test("before the service is ready fails its tasks, until an edit repairs it", async () => {
    rig.write("word.txt", "bad");
    rig.manifest(`
export const web = service(sh\`grep -q good \${file("word.txt")}; node server.mjs web ${port} \${file("word.txt")}\`, {
  ready: { port: ${port} },
});
export const check = task(sh\`node get.mjs ${port}\`, { inputs: [web] });`);
    const watching = new Watching();
    expect((await watching.quiet()).filter((line) => line.startsWith("check"))).toEqual(["check failed"]);
    rig.write("word.txt", "good");
    let story: string[] = [];
    while (!story.includes("check ran")) story = [...story, ...(await watching.quiet())];
    await watching.stop("SIGINT");
  });
});

test("an edit of an input of a starting service restarts it at once", async () => {
  rig.write("word.txt", "never");
  rig.manifest(`
export const web = service(sh\`${rig.held("web")}; cat \${file("word.txt")}; sleep 1000\`, { ready: { line: "soon" } });
export const check = task(sh\`true\`, { inputs: [web] });`);
  const watching = new Watching();
  const web = await rig.waitFor("web");
  rig.open("web");
  rig.write("word.txt", "soon\n");
  await web.gone;
  expect((await watching.quiet()).slice(-3)).toEqual(["web started", "web ready", "check ran"]);
  expect(await watching.stop("SIGINT")).toEqual(["web stopped"]);
});

test("the next command ends the services of a killed watch", async () => {
  withWeb();
  const watching = new Watching();
  const web = await rig.waitFor("web");
  await watching.quiet();
  watching.running.child.kill("SIGKILL");
  await watching.running.ended;
  expect((await rig.run("run")).stdout).toContain("fresh 1");
  await web.gone;
});

test("a broken manifest leaves the services as they are", async () => {
  withWeb();
  const watching = new Watching();
  await watching.quiet();
  const good = rig.read("pipeline.ts");
  rig.write("pipeline.ts", `${good}\nexport const broken = task(;`);
  expect(await watching.quiet()).toEqual([]);
  rig.write("pipeline.ts", `${good}\n`);
  rig.write("in.txt", "2");
  expect(await watching.quiet()).toEqual(["check ran"]);
  await watching.stop("SIGINT");
});
