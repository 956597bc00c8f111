import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { addServer, freePort, linesOf, storyOf, withWeb } from "../support/servers.ts";

let rig: Rig;
let port: number;

beforeEach(async () => {
  rig = await Rig.create();
  addServer(rig);
  port = await freePort();
});

afterEach(() => rig.close());

const story = async (...args: string[]): Promise<string[]> => storyOf(linesOf(await rig.run("run", "--json", ...args)));

describe("a service that is named", () => {
  test("stays in the foreground until Ctrl-C, with its name before what it prints", async () => {
    rig.manifest(`
export const web = service(sh\`printf 'a\\033[2Jb\\033]0;title\\007\\n'; exec node server.mjs web ${port}\`, { ready: { port: ${port} } });`);
    const running = rig.start(["run", "web"]);
    const web = await rig.waitFor("web");
    await running.printed("ran 0, restored 0, fresh 0, failed 0");
    expect((await rig.run("status")).stdout).toMatch(/^0 of 0 fresh\nrunning {7}web {2}process \d+\n/);
    running.child.kill("SIGINT");
    const { stdout, code } = await running.ended;
    expect(code).toBe(130);
    await web.gone;
    expect(stdout).toMatch(/^started {2}web {2}printf /);
    expect(stdout).toContain("\nweb | ab\n");
    expect(stdout).toContain("\nweb | web listens\n");
    expect(stdout).toMatch(new RegExp(`\nready {4}web {2}\\S+ {2}port ${port}\n`));
    expect(stdout.endsWith("\nstopped  web\n")).toBe(true);
  });

  test("keeps the services that it needs, and stops when one of them crashes", async () => {
    const other = await freePort();
    rig.manifest(`
export const db = service(sh\`node server.mjs db ${other}\`, { ready: { port: ${other} } });
export const web = service(sh\`node server.mjs web ${port}\`, { ready: { port: ${port} }, inputs: [db] });`);
    const running = rig.start(["run", "--json", "web"]);
    const [db, web] = await Promise.all([rig.waitFor("db"), rig.waitFor("web")]);
    await running.printed('"kind":"run-ended"');
    db.release();
    const { stdout, code } = await running.ended;
    expect(code).toBe(1);
    expect(storyOf(linesOf({ stdout })).slice(-2)).toEqual(["db crashed", "web stopped"]);
    await web.gone;
  });

  test("delays no other run", async () => {
    withWeb(rig, port);
    const running = rig.start(["run", "web"]);
    await running.printed("ran 0");
    expect((await rig.run("run", "other", "--lock-wait", "0")).code).toBe(0);
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
  });

  test.each([
    ["exit 0", 0],
    ["exit 3", 1],
    ["kill -9 $$", 1],
  ])("that ends with %s ends inc with %i", async (end, code) => {
    rig.manifest(`export const web = service(sh\`echo up; ${rig.held("web")}; ${end}\`, { ready: { line: "up" } });`);
    const running = rig.start(["run", "web"]);
    const web = await rig.waitFor("web");
    await running.printed("ran 0");
    web.release();
    expect((await running.ended).code).toBe(code);
  });

  test("is not started when a task that it needs fails", async () => {
    rig.manifest(`
export const build = task(sh\`exit 1\`);
export const web = service(sh\`${rig.held("web")}\`, { inputs: [build] });`);
    const { code, stdout } = await rig.run("run", "--json", "web");
    expect(code).toBe(1);
    expect(storyOf(linesOf({ stdout }))).toEqual(["build failed", "web skipped"]);
  });

  test("is reported by --dry, not started", async () => {
    withWeb(rig, port);
    expect(await story("--dry", "web", "other")).toEqual(["web would-run", "other would-run"]);
  });
});

test("list and graph mark services", async () => {
  withWeb(rig, port);
  expect((await rig.run("list")).stdout).toMatch(/^web {4}service$/m);
  expect((await rig.run("graph", "check")).stdout).toBe("check\n└─ web (service)\n");
  expect((await rig.run("graph", "--format", "mermaid")).stdout).toContain('(["web"])');
  expect((await rig.run("graph", "--format", "dot")).stdout).toContain('"web" [style=rounded];');
});
