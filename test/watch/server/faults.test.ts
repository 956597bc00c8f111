import { existsSync, lstatSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askLine } from "../../../src/host/net/ask-line.ts";
import type { Rig } from "../../support/rig.ts";
import { AskedWatch, digested } from "./asked-watch.ts";

let rig: Rig;
let watch: AskedWatch;

beforeEach(async () => {
  watch = await AskedWatch.create();
  rig = watch.rig;
});

afterEach(() => rig.close());

test("an answer of another version is not believed", async () => {
  await rig.run("run");
  mkdirSync(rig.path(".inc/watch"));
  const server = createServer((client) => client.end(`{"inc":"0.0.0-other","answer":"fresh","fresh":7,"saved":0}\n`));
  await new Promise<void>((resolve) => server.listen(watch.socket, resolve));
  const { stdout, stderr } = await rig.run("run");
  expect(stdout).toMatch(/^ran 0, restored 0, fresh 2, failed 0 /);
  expect(stderr).toBe("");
  server.close();
});

test("a command does not wait for a hung watch, and sees the changes itself", async () => {
  await watch.start();
  await watch.known();
  watch.running.child.kill("SIGSTOP");
  rig.write("data/a.txt", "meanwhile\n");
  const { stdout, stderr } = await rig.run("run");
  watch.running.child.kill("SIGCONT");
  expect(stdout).toMatch(/^ran 1, restored 0, fresh 1, failed 0 /m);
  expect(stderr).toBe("");
  expect(rig.read("build/upper")).toBe("MEANWHILE\nB\n");
});

test("the remains of a killed watch do not matter, and the next one takes its place", async () => {
  await watch.start();
  await watch.known();
  watch.running.child.kill("SIGKILL");
  await watch.running.ended;
  expect(lstatSync(watch.socket).isSocket()).toBe(true);
  const { stdout, stderr } = await rig.run("run");
  expect(stdout).toMatch(/^ran 0, restored 0, fresh 2, failed 0 /);
  expect(stderr).toBe("");
  await watch.start();
  await watch.known();
  await watch.stop();
  expect(readdirSync(rig.path(".inc/watch"))).toEqual(["cookies"]);
});

test("a second watch leaves the socket to the first", async () => {
  await watch.start();
  const { ino } = lstatSync(watch.socket);
  const first = watch.running;
  await watch.start();
  await watch.stop();
  watch.running = first;
  expect(lstatSync(watch.socket).ino).toBe(ino);
  await watch.known();
});

test("hostile bytes do no harm to watch", async () => {
  await watch.start();
  await watch.known();
  const { env: _, ...partial } = JSON.parse(watch.question()) as Record<string, unknown>;
  const lines = [
    "\n",
    "\u0000\u00ff garbage\n",
    "null\n",
    "[]\n",
    `${"[".repeat(100_000)}\n`,
    `${JSON.stringify(partial)}\n`,
    `${JSON.stringify({ ...partial, env: [["PATH", 1]] })}\n`,
    `${"x".repeat(5 * 1024 * 1024)}`,
    `${watch.question()}`,
  ];
  const answers = await Promise.all(lines.map(send));
  expect(answers.join("")).toBe("");
  expect((await watch.ask())?.["answer"]).toBe("fresh");
  await watch.stop();
  expect((await watch.running.ended).stderr).toBe("");
});

/** Sends a text, and returns the answer until the connection ends. */
function send(text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const client = connect(watch.socket);
    client.on("data", (data) => {
      answer += data.toString();
    });
    client.on("error", () => {});
    client.on("close", () => resolve(answer));
    client.write(text);
  });
}

test("only the owner may ask", async () => {
  await watch.start();
  expect((statSync(watch.socket).mode & 0o777).toString(8)).toBe("600");
  expect((statSync(dirname(watch.socket)).mode & 0o777).toString(8)).toBe("700");
});

test("watch answers where the path is too long for a socket", async () => {
  const store = `${"long-name/".repeat(12)}store`;
  mkdirSync(dirname(rig.path(store)), { recursive: true });
  const env = { INC_DIR: store };
  await watch.start({ env });
  const place = join(rig.path(store), "watch", "socket");
  expect((statSync(dirname(place)).mode & 0o777).toString(8)).toBe("700");
  const asked = { env: digested({ PATH: process.env["PATH"], HOME: rig.root, INC_DIR: store }) };
  await watch.known(() => askLine(place, watch.question(asked), 10_000));
  expect((await rig.start(["run"], { env }).ended).stdout).toMatch(/^ran 0, restored 0, fresh 2, /);
  await watch.stop();
  expect(existsSync(place)).toBe(false);
});

test("a question does not reveal the values of variables to the listener", async () => {
  mkdirSync(rig.path(".inc/watch"), { recursive: true });
  const heard = new Promise<string>((resolve) => {
    const server = createServer((client) => client.once("data", (data) => client.end(() => resolve(`${data}`))));
    server.listen(watch.socket);
  });
  await rig.start(["run"], { env: { TOKEN: "hunter2hunter2" } }).ended;
  const line = await heard;
  expect(line).toContain('"TOKEN"');
  expect(line).not.toContain("hunter2hunter2");
  expect(line).not.toContain(process.env["PATH"]);
});
