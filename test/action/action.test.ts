import * as childProcess from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { ROOT } from "../docs/projects.ts";
import { Checkouts, ran, runShared } from "../support/shared-runs.ts";
import { CacheService } from "./cache-service.ts";
import { Job, type JobOptions, PULL_REQUEST, type Runner } from "./job.ts";

const execFile = promisify(childProcess.execFile);

/** `a` reads a file, `b` reads `a`, `big` is no small blob. */
const PIPELINE = `
export const a = task(sh\`cat \${file("a.txt")} > \${out("build/a")}\`);
export const b = task(sh\`cat \${a} > \${out("build/b")}; echo b >> build/b\`);
export const big = task(sh\`head -c 300000 /dev/zero > \${out("build/big")}; cat \${file("c.txt")} >> build/big\`);
`;
const TASKS = ["a", "b", "big"];

/** A cache, a runner and the checkouts of one test. */
class Scene {
  readonly service: CacheService;
  readonly #checkouts = new Checkouts();
  runner: Runner;

  private constructor(service: CacheService) {
    this.service = service;
    this.runner = { action: ROOT, files: mkdtempSync(join(tmpdir(), "inc-runner-")), service: service.url };
  }

  /** Tests go side by side: some wait as long as the action does for a cache that does not answer. */
  static test(name: string, play: (scene: Scene) => Promise<void>): void {
    test.concurrent(name, async () => {
      const scene = new Scene(await CacheService.start());
      try {
        await play(scene);
      } finally {
        await scene.#close();
      }
    });
  }

  readonly job = async (options: JobOptions, files: Readonly<Record<string, string>> = {}): Promise<Job> => {
    const rig = await this.#checkouts.make(PIPELINE, { "a.txt": "a\n", "c.txt": "c\n", ...files });
    return new Job(this.runner, rig, options);
  };

  readonly keys = (): readonly string[] =>
    this.service.entries.map(({ key }) => key.replace(/^inc-1-Linux-X64-[0-9a-f]{16}-/, ""));

  async #close(): Promise<void> {
    await this.#checkouts.close();
    await this.service.close();
    rmSync(this.runner.files, { recursive: true, force: true });
  }
}

describe("a job", () => {
  Scene.test(
    "finds what an earlier one of its branch made, by its commit or else the latest",
    async ({ job, keys }) => {
      const first = await job({ commit: "c1" });
      expect(ran(await first.whole())).toEqual(TASKS);
      expect(first.said).toContain("there are no saved results");
      expect(keys()).toEqual(["c1"]);

      const again = await job({ commit: "c1" });
      expect(await again.whole()).toMatchObject({
        code: 0,
        messages: [],
        results: TASKS.map((task) => `${task}: restored`),
      });
      expect(again.said).toContain("the results of this commit are saved already");

      const next = await job({ commit: "c2" }, { "a.txt": "A\n" });
      const outcome = await next.whole();
      expect(outcome).toMatchObject({ code: 0, messages: [] });
      expect(ran(outcome)).toEqual(["a", "b"]);
      expect(keys()).toEqual(["c1", "c2"]);
      expect(ran(await (await job({ commit: "c3" }, { "a.txt": "A\n" })).whole())).toEqual([]);
    },
  );

  Scene.test("that makes nothing new saves nothing", async ({ job, keys }) => {
    await (await job({ commit: "c1" })).whole();
    const second = await job({ commit: "c2" });
    await second.whole();
    expect(second.said).toContain("there is nothing new to save");
    expect(keys()).toEqual(["c1"]);
  });

  Scene.test("saves only what its runs used: it does not grow", async ({ job, keys, service }) => {
    const sizes: number[] = [];
    for (let commit = 0; commit < 5; commit += 1) {
      const text = `${commit}\n`;
      await (await job({ commit: `c${commit}` }, { "a.txt": text, "c.txt": text })).whole();
      sizes.push(service.archive(service.entries.at(-1) as (typeof service.entries)[0]).length);
    }
    expect(keys()).toHaveLength(5);
    expect(Math.max(...sizes)).toBeLessThan(Math.min(...sizes) * 1.2);
    // What it once made is gone with the commit that needed it.
    const back = await job({ commit: "c6" }, { "a.txt": "0\n", "c.txt": "4\n" });
    expect(ran(await back.whole())).toEqual(["a", "b"]);
  });

  Scene.test("that runs inc twice saves what either used", async ({ job }) => {
    const first = await job({ commit: "c1" });
    await first.step("main");
    await first.run("b");
    await first.run("big");
    await first.step("post");
    expect(ran(await (await job({ commit: "c2" })).whole())).toEqual([]);
  });

  Scene.test("that leaves outputs where they are saves them all the same", async ({ job }) => {
    await (await job({ commit: "c1" })).whole();
    const edited = { "c.txt": "C\n" };
    const second = await job({ commit: "c2" }, edited);
    expect(ran(await second.whole("--remote-download", "minimal"))).toEqual(["big"]);
    const third = await job({ commit: "c3" }, edited);
    expect(ran(await third.whole())).toEqual([]);
    expect(third.rig.read("build/b")).toBe("a\nb\n");
  });

  Scene.test("that runs nothing leaves what is saved as it is", async ({ job, keys }) => {
    await (await job({ commit: "c1" })).whole();
    const idle = await job({ commit: "c2" });
    expect([await idle.step("main"), await idle.step("post")]).toEqual([0, 0]);
    expect(idle.said).toContain("no run used a shared result");
    expect(keys()).toEqual(["c1"]);
  });

  Scene.test("of another name, and of another matrix, has results of its own", async ({ job, keys }) => {
    await (await job({ commit: "c1" })).whole();
    expect(ran(await (await job({ commit: "c1", name: "other" })).whole())).toEqual(TASKS);
    expect(ran(await (await job({ commit: "c1", env: { INPUT_VARIANT: '{ "os": "x" }' } })).whole())).toEqual(TASKS);
    expect(keys()).toEqual(["c1", "c1", "c1"]);
  });

  Scene.test("of a pull request takes what its base made, and saves nothing", async ({ job, keys, service }) => {
    await (await job({ commit: "c1" })).whole();
    const request = await job({ commit: "m1", event: "pull_request", rights: PULL_REQUEST }, { "a.txt": "evil\n" });
    expect(ran(await request.whole())).toEqual(["a", "b"]);
    expect(request.said).toContain("what may run the code of a pull request saves nothing");
    expect(keys()).toEqual(["c1"]);
    expect(service.requests.filter((line) => line.includes("Create"))).toHaveLength(1);
  });

  // Their cache is that of the default branch: what a pull request's code put into the directory would reach all.
  for (const event of ["pull_request_target", "issue_comment", "workflow_run"])
    Scene.test(`for ${event}, which may run a pull request's code, saves nothing`, async ({ job, keys }) => {
      await (await job({ commit: "c1" })).whole();
      const request = await job({ commit: "c2", event }, { "a.txt": "evil\n" });
      expect(await request.step("main")).toBe(0);
      // It may name whatever scope it likes.
      await runShared(request.rig, { ...request.exported, INC_REMOTE_SCOPE: "main" });
      expect(await request.step("post")).toBe(0);
      expect([request.said, keys()]).toEqual([expect.stringContaining("saves nothing"), ["c1"]]);
    });

  Scene.test("with a shared cache already does not use this one", async ({ job, service }) => {
    const other = await job({ commit: "c1", env: { INC_REMOTE: "https://cache.example.com/" } });
    expect([await other.step("main"), await other.step("post")]).toEqual([0, 0]);
    expect(other.exported).toEqual({});
    expect(service.requests).toEqual([]);
  });

  Scene.test("on a runner without the cache goes on without it", async ({ job }) => {
    const bare = await job({ commit: "c1", env: { ACTIONS_RESULTS_URL: "", ACTIONS_CACHE_SERVICE_V2: "" } });
    expect(await bare.whole()).toMatchObject({ code: 0, warnings: [] });
    expect(bare.said).toContain("this runner has no cache of GitHub Actions");
  });
});

describe("whatever the cache does, the job goes on", () => {
  const respond = (_: unknown): boolean => true;

  /**
   * Milliseconds that it may take beside the job itself, with what a busy machine adds: less than the minute that a cache may ask
   * for before it is tried again.
   */
  const BOUND = 10_000 + 40_000;

  async function timed({ job }: Scene): Promise<void> {
    const tried = await job({ commit: "c2" }, { "a.txt": "A\n" });
    const started = performance.now();
    expect(await tried.whole()).toMatchObject({ code: 0, warnings: [] });
    expect(performance.now() - started).toBeLessThan(BOUND);
    expect(tried.rig.read("build/b")).toBe("A\nb\n");
  }

  /** A test with saved results. */
  function withSaved(name: string, play: (scene: Scene) => Promise<void>): void {
    Scene.test(name, async (scene) => {
      await (await scene.job({ commit: "c1" })).whole();
      await play(scene);
    });
  }

  const faults: readonly [string, CacheService["fault"]][] = [
    ["hangs", () => true],
    ["is down", (_, response) => respond(response.writeHead(503).end())],
    ["limits its rate", (_, response) => respond(response.writeHead(429, { "retry-after": "60" }).end())],
    ["refuses the token", (_, response) => respond(response.writeHead(401).end("{}"))],
    ["closes every connection", (request) => respond(request.socket.destroy())],
    ["answers with a page", (_, response) => respond(response.writeHead(200).end("<html>"))],
  ];
  for (const [what, fault] of faults)
    withSaved(`it ${what}`, async (scene) => {
      scene.service.fault = fault;
      await timed(scene);
    });

  const spoilt: readonly [string, (bytes: Buffer) => Buffer][] = [
    ["cut off", (bytes) => bytes.subarray(0, bytes.length / 2)],
    ["empty", () => Buffer.alloc(0)],
    ["no archive", () => Buffer.from("<html>Sign in</html>")],
    [
      "with wrong bytes inside",
      (bytes) => Buffer.concat([bytes.subarray(0, 600), Buffer.alloc(50), bytes.subarray(650)]),
    ],
  ];
  for (const [how, spoil] of spoilt)
    withSaved(`what is saved is ${how}, and the next job saves what is right`, async (scene) => {
      const { service, keys, job } = scene;
      const [entry] = service.entries;
      if (entry === undefined) throw new Error("nothing is saved");
      service.spoil(entry, spoil(service.archive(entry)));
      await timed(scene);
      expect(keys()).toEqual(["c1", "c2"]);
      expect(ran(await (await job({ commit: "c3" }, { "a.txt": "A\n" })).whole())).toEqual([]);
    });

  withSaved("the storage breaks off in the middle", async (scene) => {
    scene.service.fault = (request, response, stored) => {
      if (request.method !== "GET" || stored === undefined) return false;
      response.writeHead(200, { "content-length": stored.length });
      response.write(stored.subarray(0, 100), () => response.destroy());
      return true;
    };
    await timed(scene);
  });

  withSaved("a forged result among what is saved is a miss, and is replaced", async ({ job, keys, runner }) => {
    const victim = await job({ commit: "c2" });
    await victim.step("main");
    const results = join(runner.files, "temp/inc-results");
    const files = readdirSync(results, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(3);
    for (const entry of files) {
      const path = join(entry.parentPath, entry.name);
      const bytes = readFileSync(path);
      writeFileSync(path, bytes.fill("x", Math.max(0, bytes.length - 20)));
    }
    const outcome = await victim.run();
    expect(outcome).toMatchObject({ code: 0, warnings: ["INC4228"] });
    expect(ran(outcome)).toEqual(TASKS);
    await victim.step("post");
    // Long blobs are read once the records that lead to them are sound.
    expect(await (await job({ commit: "c3" })).whole()).toMatchObject({ code: 0, warnings: ["INC4228"] });
    expect(await (await job({ commit: "c4" })).whole()).toMatchObject({ code: 0, messages: [] });
    expect(keys()).toEqual(["c1", "c2", "c3"]);
  });
});

Scene.test("what npm ships of the action runs with the dependencies of inc alone", async (scene) => {
  const { job, keys, runner } = scene;
  const modules = join(runner.files, "../", `${basename(runner.files)}-modules`, "node_modules");
  mkdirSync(modules, { recursive: true });
  try {
    const pack = ["pack", "--ignore-scripts", "--pack-destination", modules];
    const [packed = ""] = (await execFile("npm", pack, { cwd: ROOT })).stdout.trim().split("\n").slice(-1);
    await execFile("tar", ["-xzf", join(modules, packed), "-C", modules]);
    renameSync(join(modules, "package"), join(modules, "inc-run"));
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { dependencies: object };
    for (const name of Object.keys(dependencies)) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
    }
    scene.runner = { ...runner, action: join(modules, "inc-run") };
    await (await job({ commit: "c1" })).whole();
    const second = await job({ commit: "c2" });
    expect(ran(await second.whole())).toEqual([]);
    expect(keys()).toEqual(["c1"]);
    expect(readFileSync(join(modules, "inc-run/dist/action/licenses.txt"), "utf8")).toContain("@actions/cache\n");
  } finally {
    rmSync(dirname(modules), { recursive: true });
  }
});
