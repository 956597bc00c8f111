import { createServer } from "node:net";
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

describe("a run", () => {
  test("starts the service that an attempt needs, awaits it, and stops it at the end", async () => {
    withWeb(rig, port);
    const running = rig.start(["run", "--json", "--jobs", "1"]);
    const web = await rig.waitFor("web");
    const { stdout, code } = await running.ended;
    expect(code).toBe(0);
    expect(storyOf(linesOf({ stdout })).filter((line) => !line.startsWith("other"))).toEqual([
      "web started",
      "web ready",
      "check ran",
      "web stopped",
    ]);
    expect(rig.read("build/got")).toBe("hi");
    await web.gone;
  });

  test("starts no service for tasks that are fresh, restored or not requested", async () => {
    withWeb(rig, port);
    await rig.run("run");
    expect(await story()).toEqual([]);
    expect((await rig.run("run")).stdout).toContain("fresh 2");
    rig.remove("build");
    expect((await story()).sort()).toEqual(["check restored", "other restored"]);
    rig.remove("build");
    expect(await story("-f", "other")).toEqual(["other ran"]);
  });

  test("makes a task stale when a service that it reads from changes", async () => {
    withWeb(rig, port);
    await rig.run("run");
    rig.write("word.txt", "ho");
    expect(await story()).toEqual(["web started", "web ready", "check ran", "web stopped"]);
    expect(rig.read("build/got")).toBe("ho");
    const why = await rig.run("why", "check");
    expect(why.stdout).toMatch(
      /ok, .*, word.txt changed, \+1 more\n {4}file word.txt {2}\w+ → \w+\n {4}a service {2}\w+ → \w+\n$/,
    );
    const up = await rig.run("lineage", "build/got");
    expect(up.stdout).toMatch(/^build\/got@2 .*\n└─ check .*\n(.*\n)*.*└─ word.txt@2 .*\n$/);
    expect((await rig.run("why", "web")).stdout).toBe("web: a service, started when something needs it\n");
    expect((await rig.run("lineage", "word.txt", "--down")).stdout).toContain("build/got@2");
  });

  test("leaves a task fresh that is only ordered after a changed service", async () => {
    withWeb(rig, port, "after: [web]");
    expect(await story("check")).toEqual(["web started", "web ready", "check ran", "web stopped"]);
    rig.write("word.txt", "ho");
    expect(await story("check")).toEqual([]);
  });

  test("makes the inputs of a service first, starts the services that it needs before it, and stops them after it", async () => {
    const other = await freePort();
    rig.manifest(`
export const words = task(sh\`echo made > \${out("build/words")}\`);
export const db = service(sh\`node server.mjs db ${other}\`, { ready: { line: /^db listens$/ } });
export const web = service(sh\`node server.mjs web ${port} \${words}\`, { ready: { http: "http://127.0.0.1:${port}/" }, after: [db] });
export const check = task(sh\`node get.mjs ${port} > \${out("build/got")}\`, { inputs: [web] });`);
    expect(await story("check")).toEqual([
      "words ran",
      "db started",
      "db ready",
      "web started",
      "web ready",
      "check ran",
      "web stopped",
      "db stopped",
    ]);
    expect(rig.read("build/got")).toBe("made\n");
  });

  test("kills a service that ignores the signal to end, with its child processes", async () => {
    rig.manifest(`
export const web = service(sh\`trap "" TERM; ${rig.held("inner")} & ${rig.held("outer")}; wait\`);
export const check = task(sh\`${rig.held("check")}\`, { inputs: [web] });`);
    const running = rig.start(["run"]);
    const [inner, outer] = await Promise.all([rig.waitFor("inner"), rig.waitFor("outer")]);
    rig.open("check");
    expect((await running.ended).code).toBe(0);
    await Promise.all([inner.gone, outer.gone]);
  });
});

describe("a service that is not ready fails its tasks", () => {
  const failure = async (declaration: string): Promise<string> => {
    rig.manifest(`export const web = ${declaration};
export const check = task(sh\`true\`, { inputs: [web] });`);
    const { stdout, code } = await rig.run("run", "--output-logs", "errors-only");
    expect(code).toBe(1);
    return stdout.slice(stdout.indexOf("── check")).replace(/ in \d+.*\n$/, "\n");
  };

  test("because it ended, with its last output", async () => {
    const text = await failure(
      'service(sh`echo one; printf "\\033[31mtwo\\033]0;title\\007\\n" >&2; exit 4`, { ready: { line: "up" } })',
    );
    expect(text).toBe(`── check failed
  cwd: .
  ended: not started
error INC4501: service "web" ended before it was ready: exit code 4
  --> pipeline.ts:2:20
2 | export const web = service(sh\`echo one; printf "\\033[31mtwo\\033]0;title\\007\\n" >&2; exit 4\`, { ready: { line: "up" } });
                       ^
  note: it printed: one
  note: it printed: two
  help: run it alone to see what it prints: inc run web
──
ran 0, restored 0, fresh 0, failed 1
`);
  });

  test("because it took too long", async () => {
    const text = await failure('service(sh`exec sleep 1000`, { ready: { line: /up/i }, timeout: "200ms" })');
    expect(text).toContain('INC4502: service "web" was not ready within 0.2 s: it printed no line that /up/i fits');
    expect(text).toContain('help: raise its limit (timeout: "2m"), or correct its readiness check');
  });

  test("all of them, without a start for each", async () => {
    rig.manifest(`
export const web = service(sh\`echo x >> starts; exit 1\`, { ready: { line: "up" } });
export const checks = each(["a", "b", "c"], (name) => task(sh\`echo ${"$"}{name}\`, { inputs: [web] }));`);
    const { stdout } = await rig.run("run", "--keep-going", "--jobs", "1");
    expect(stdout).toContain("failed 3");
    expect(rig.read("starts")).toBe("x\n");
  });

  test("because its program does not exist", async () => {
    const text = await failure('service(exec(["no-such-program"]))');
    expect(text).toContain('INC4301: service "web" could not be started: the program "no-such-program" was not found');
  });

  test("because another process listens at its port", async () => {
    const server = createServer().listen(port, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const text = await failure(`service(sh\`sleep 1000\`, { ready: { port: ${port} } })`);
    server.close();
    expect(text).toContain(`INC4503: service "web" was not started: another process already listens at port ${port}`);
  });

  test("and a service that ends during an attempt is named beside the output of the attempt", async () => {
    rig.manifest(`export const web = service(sh\`node server.mjs web ${port}\`, { ready: { port: ${port} } });
export const check = task(sh\`${rig.held("check")}; exit 1\`, { inputs: [web] });`);
    const running = rig.start(["run"]);
    const [web, check] = await Promise.all([rig.waitFor("web"), rig.waitFor("check")]);
    web.release();
    await running.printed("crashed  web  exit code 3");
    check.release();
    const { stdout, code } = await running.ended;
    expect(code).toBe(1);
    expect(stdout).toContain('INC4501: service "web" ended while task "check" needed it: exit code 3');
    expect(stdout).toContain("note: it printed: out of order");
  });
});

test("the inputs of services are part of the lineage of results that were made with them: files, sets once, parameters, variables, tools", async () => {
  rig.write("conf/a.txt", "a");
  rig.write("word.txt", "w");
  rig.manifest(`
const conf = files("conf/*.txt");
export const db = service(sh\`echo up \${param("region", "eu")}; exec sleep 1000\`, { ready: { line: "up" }, inputs: [conf] });
export const web = service(sh\`\${tool("node")} server.mjs web ${port} \${file("word.txt")}\`, {
  ready: { port: ${port} }, inputs: [db], env: { MODE: env("MODE", { default: "x" }) },
});
export const check = task(sh\`node get.mjs ${port} > \${out("build/got")}\`, { inputs: [web, conf] });`);
  await rig.run("run");
  const { stdout } = await rig.run("lineage", "build/got");
  for (const name of ["word.txt@1", 'env:MODE@1  "x"', 'param:region@1  "eu"', "tool:node@1", "conf/a.txt@1"])
    expect(stdout.split(name), name).toHaveLength(2);
  await rig.run("run", "--param", "region=us");
  expect((await rig.run("why", "check")).stdout).toContain("    parameter region  eu → us\n");
  rig.write("conf/b.txt", "b");
  expect(await story()).toContain("check ran");
  expect((await rig.run("doctor")).stdout).toBe("the store is sound\n");
});

test("secrets that a service prints are masked, and it gets only those of its own environment", async () => {
  rig.manifest(`
export const web = service(sh\`echo "token $TOKEN, other [$OTHER]"; sleep 1000\`, {
  ready: { line: "token" }, env: { TOKEN: env("TOKEN", { secret: true }) },
});
export const check = task(sh\`true\`, { inputs: [web] });`);
  const { stdout } = await rig.start(["run"], { env: { TOKEN: "abcdef123", OTHER: "x" } }).ended;
  expect(stdout).toContain("web | token ***, other []\n");
});

test("the next command ends a service of a killed inc, even if it has nothing else to do", async () => {
  withWeb(rig, port);
  await rig.run("run");
  const running = rig.start(["run", "web"]);
  const web = await rig.waitFor("web");
  const again = await rig.waitFor("web");
  await running.printed("ran 0");
  running.child.kill("SIGKILL");
  await running.ended;
  expect((await rig.run("run")).stdout).toContain("fresh 2");
  await web.gone;
  await again.gone;
});
