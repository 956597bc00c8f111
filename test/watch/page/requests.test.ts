import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answerOf, enter } from "../../support/page.ts";
import { Rig } from "../../support/rig.ts";
import type { Running } from "../../support/running.ts";
import { freePort } from "../../support/servers.ts";

let rig: Rig;
let watch: Running;
let url: string;

beforeEach(async () => {
  rig = await Rig.create();
});
afterEach(() => rig.close());

async function serve(...args: string[]): Promise<void> {
  watch = rig.start(["watch", "--serve", "0", "--json", ...args], { env: { TOKEN: "abcdef123" } });
  url = JSON.parse(await watch.line('"kind":"watch-page"'))["url"] as string;
}

async function stop(): Promise<void> {
  watch.child.kill("SIGINT");
  expect((await watch.ended).code).toBe(130);
}

describe("foreign requests", () => {
  beforeEach(async () => {
    rig.manifest("export const one = task(sh`true`);");
    await serve();
  });
  afterEach(stop);

  test("are refused without the token, or by another name of the host", async () => {
    const { origin, host } = new URL(url);
    for (const path of ["/", "/events", "/log?task=one", "/?token=", `/?token=${"x".repeat(43)}`, "/nothing"])
      expect(await answerOf(`${origin}${path}`), path).toMatchObject({ status: 403 });
    expect(await answerOf(url, { host: `evil.example:${host.split(":")[1]}` })).toMatchObject({ status: 403 });
    expect(
      await answerOf(url.replace("127.0.0.1", "localhost"), { host: host.replace("127.0.0.1", "localhost") }),
    ).toMatchObject({
      status: 303,
    });
    expect((await answerOf(`${origin}/`)).body).toBe("this takes the whole address that inc watch printed\n");
  });

  test("are refused by another method, and answered to no other page", async () => {
    expect(await answerOf(url, {}, "POST")).toMatchObject({ status: 405 });
    expect(await answerOf(url, {}, "OPTIONS")).toMatchObject({ status: 405 });
    const { place, cookie } = await enter(url);
    const { headers } = await answerOf(place, { cookie, origin: "http://evil.example" });
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "content-security-policy": expect.stringMatching(/^default-src 'none'; script-src 'nonce-[\w-]+';/),
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
  });

  test("for unknown paths, objects and tasks get an error", async () => {
    const { place, cookie } = await enter(url);
    expect(await answerOf(`${place}nothing`, { cookie })).toMatchObject({ status: 404 });
    expect(await answerOf(`${place}lineage?object=nothing`, { cookie })).toMatchObject({
      status: 404,
      body: expect.stringContaining('"problem":'),
    });
    expect(await answerOf(`${place}log?task=nothing`, { cookie })).toMatchObject({
      status: 404,
      body: '{"problem":"there is no task \\"nothing\\" any more"}',
    });
  });
});

describe("a port", () => {
  test("that is taken is an error, and nothing runs", async () => {
    rig.manifest("export const one = task(sh`touch ran`);");
    const port = await freePort();
    const server = createServer().listen(port, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { code, stderr, stdout } = await rig.run("watch", "--serve", `${port}`);
    server.close();
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(
      stderr,
    ).toBe(`error INC4402: the page of watch cannot be served at port ${port}: another program uses it already
  help: give another port, or 0 for any free one: inc watch --serve 0
`);
    expect(rig.exists("ran")).toBe(false);
  });

  test.each(["x", "-1", "65536", "80.5"])("cannot be %s", async (port) => {
    rig.manifest("export const one = task(sh`true`);");
    const { code, stderr } = await rig.run("watch", `--serve=${port}`);
    expect(code).toBe(2);
    expect(stderr).toContain(`INC1003: "--serve ${port}" cannot be used`);
  });

  test("is printed for people", async () => {
    rig.manifest("export const one = task(sh`true`);");
    const port = await freePort();
    const running = rig.start(["watch", "--serve", `${port}`]);
    await running.printed(`page: http://127.0.0.1:${port}/?token=`);
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
  });
});
