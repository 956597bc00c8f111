import { readdirSync, readFileSync, rmSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});
afterEach(() => rig.close());

const TOKEN = 'env: { TOKEN: env("TOKEN", { secret: true }) }';

test.each([
  ["touches it", `if (process.env.PLAIN === "x") throw 1;`],
  ["spreads all of them", `const all = { ...process.env };`],
  ["starts a command that inherits them", `import { execSync } from "node:child_process"; execSync("true");`],
])("no value of a variable is in the store when a manifest %s", async (_, code) => {
  rig.manifest(`${code}
export const t = task(sh\`echo made > \${out("made.txt")}\`, { ${TOKEN} });`);
  const env = { PLAIN: "plain-value-123", TOKEN: "token-value-456" };
  expect((await rig.start(["run"], { env }).ended).code).toBe(0);
  expect(rig.storeText()).not.toMatch(/plain-value-123|token-value-456/);
});

test("a manifest that reads a variable is evaluated anew when the variable changes, and only then", async () => {
  rig.manifest(`console.error("evaluated");
export const t = task(sh\`echo \${process.env.WORD ?? "unset"} > \${out("made.txt")}\`);`);
  const run = async (env: Record<string, string>) => (await rig.start(["run", "--force"], { env }).ended).stderr;
  expect(await run({ WORD: "one" })).toContain("evaluated");
  expect(await run({ WORD: "one" })).not.toContain("evaluated");
  expect(await run({ WORD: "two" })).toContain("evaluated");
  expect(rig.read("made.txt")).toBe("two\n");
  expect(await run({})).toContain("evaluated");
  expect(await run({})).not.toContain("evaluated");
  expect(await run({ WORD: "" })).toContain("evaluated");
});

test("no raw byte of a secret lies in the store while a command prints it, nor after a kill", async () => {
  rig.manifest(`
export const t = task(sh\`echo "token $TOKEN."; ${rig.held("printed")}\`, { ${TOKEN} });`);
  const running = rig.start(["run"], { env: { TOKEN: "hunter2hunter2" } });
  const held = await rig.waitFor("printed");
  // The masked text reaches the log file asynchronously.
  while (!logs().includes("token ***.")) await new Promise((resolve) => setImmediate(resolve));
  expect(rig.storeText()).not.toContain("hunter2");
  running.child.kill("SIGKILL");
  await running.ended;
  expect(rig.storeText()).not.toContain("hunter2");
  held.release();
});

function logs(): string {
  return readdirSync(rig.path(".inc/logs"))
    .map((name) => readFileSync(rig.path(`.inc/logs/${name}`), "utf8"))
    .join("");
}

test("a secret of a few characters is masked, and so is each line of one with several lines", async () => {
  rig.manifest(`
export const t = task(sh\`echo "pin $PIN."; printf '%s\\n' "$KEY" | sed 's/^/> /'\`, {
  env: { PIN: env("PIN", { secret: true }), KEY: env("KEY", { secret: true }) },
});`);
  const env = { PIN: "q7", KEY: "first line\nsecond line\n}" };
  const { stdout } = await rig.start(["run"], { env }).ended;
  expect(stdout).toContain("pin ***.\n  > ***\n  > ***\n  > }\n");
  expect(rig.storeText()).not.toMatch(/q7|first line|second line/);
});

test("the default of a secret is a secret as well: not in the store, but in the environment of each run", async () => {
  rig.manifest(`
const secret = env("ABSENT", { secret: true, default: ["fall", "back", "value"].join("-") });
const asked = file("asked");
export const t = task(sh\`cat \${asked} > \${out("made")}; test "$(printf %s "$PASS" | wc -c)" = 15; echo "pass $PASS."\`, { env: { PASS: secret } });`);
  for (const content of ["one", "two"]) {
    rig.write("asked", content);
    const { code, stdout } = await rig.run("run");
    expect([code, stdout]).toEqual([0, expect.stringContaining("pass ***.")]);
    expect(rig.storeText()).not.toContain("fall-back-value");
    expect((await rig.run("run")).stdout).toContain("ran 0, restored 0, fresh 1");
  }
  rmSync(rig.path("made"));
  expect((await rig.run("checkout", "made@1")).code).toBe(0);
  expect(rig.read("made")).toBe("one");
});

test("two secrets, one a prefix of the other, leak nothing at the ends of buffers", async () => {
  const short = "s".repeat(16);
  const long = short + "t".repeat(48);
  rig.manifest(`
export const t = task(sh\`node -e 'process.stdout.write((process.env.LONG + ".").repeat(20000))'\`, {
  env: { SHORT: env("SHORT", { secret: true }), LONG: env("LONG", { secret: true }) },
});`);
  const { stdout } = await rig.start(["run"], { env: { SHORT: short, LONG: long } }).ended;
  expect(stdout).toContain("***.".repeat(20000));
  expect(stdout).not.toContain("tt");
});

test("the output of a service is masked even across a cut line", async () => {
  rig.manifest(`
export const web = service(sh\`node -e 'process.stdout.write("x".repeat(65530) + process.env.TOKEN + "\\\\nready\\\\n"); setTimeout(() => {}, 1e6)'\`, {
  ready: { line: "ready" }, ${TOKEN},
});
export const check = task(sh\`true\`, { inputs: [web] });`);
  const { stdout } = await rig.start(["run"], { env: { TOKEN: "hunter2hunter2" } }).ended;
  expect(stdout).toContain("***");
  expect(stdout).not.toMatch(/hunter|er2/);
});
