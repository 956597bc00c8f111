import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseRemote, UnusableAddress } from "../../../src/store/remote/address.ts";
import { s3Settings } from "../../../src/store/remote/backends/s3-settings.ts";
import { Rig } from "../../support/rig.ts";
import { Checkouts, ran, runShared, type SharedRun } from "../../support/shared-runs.ts";
import { findVersitygw, Versitygw } from "./versitygw.ts";

/** `mixed` compresses to three quarters, so that its length is not known when its upload begins; it is sent in parts. */
const PIPELINE = `
const bytes = 'process.stdout.write(require("crypto").createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(N)).toString(ENCODING), ENCODING)';
export const small = task(sh\`cat \${file("a.txt")} > \${out("build/small")}; echo said\`);
export const mixed = task(sh\`node -e \${bytes.replace("N", "24000000").replaceAll("ENCODING", '"base64"').replace(', "base64")', ")")} > \${out("build/mixed")}\`);
export const noise = task(sh\`node -e \${bytes.replace("N", "6000000").replaceAll("ENCODING", '"latin1"')} > \${out("build/noise")}\`);
`;
const FILES = { "a.txt": "a\n" };

const versitygw = findVersitygw();
if ("missing" in versitygw) console.warn(`the tests with an S3 server are skipped: ${versitygw.missing}`);

describe.skipIf("missing" in versitygw)("an S3 server", () => {
  let checkouts: Checkouts;
  let server: Versitygw;

  beforeEach(async () => {
    checkouts = new Checkouts();
    if ("program" in versitygw) server = await Versitygw.start(versitygw.program);
  });

  afterEach(async () => {
    await checkouts.close();
    await server.stop();
  });

  function run(rig: Rig, env: Readonly<Record<string, string>> = {}): Promise<SharedRun> {
    const remote = `s3://${server.bucket}/team/inc?endpoint=${server.endpoint}&region=us-east-1`;
    return runShared(rig, { INC_REMOTE: remote, ...server.credentials, ...env });
  }

  test("what one machine made, another one takes, objects in parts among them", async () => {
    const first = await checkouts.make(PIPELINE, FILES);
    expect(await run(first)).toMatchObject({ code: 0, warnings: [] });
    const second = await checkouts.make(PIPELINE, FILES);
    const taken = await run(second);
    expect(taken).toMatchObject({
      code: 0,
      warnings: [],
      results: ["mixed: restored", "noise: restored", "small: restored"],
    });
    for (const name of ["build/mixed", "build/noise", "build/small"])
      expect(readFileSync(second.path(name)).equals(readFileSync(first.path(name))), name).toBe(true);
    // The tag of an object that came in parts ends with their number.
    const [mixed = ""] = readdirSync(server.root, { recursive: true, encoding: "utf8" }).filter(
      (path) => /v1\/blobs\/..\/\w+$/.test(path) && statSync(join(server.root, path)).size > 16 * 1024 * 1024,
    );
    expect((await server.ask("HEAD", `/${mixed}`)).headers.get("etag")).toMatch(/-\d+"$/);
    const uploads = await (await server.ask("GET", "?uploads")).text();
    expect(uploads).not.toContain("<Upload>");
  });

  test("two machines that upload the same at once both succeed", async () => {
    const rigs = await Promise.all([1, 2, 3].map(() => checkouts.make(PIPELINE, FILES)));
    const runs = await Promise.all(rigs.map((rig) => run(rig)));
    expect(runs.map(({ code, messages }) => [code, messages])).toEqual([
      [0, []],
      [0, []],
      [0, []],
    ]);
    expect(ran(await run(await checkouts.make(PIPELINE, FILES)))).toEqual([]);
  });

  test("a wrong secret, and none, cost one warning; the secret is in no message and no store", async () => {
    const rig = await checkouts.make(PIPELINE, FILES);
    const refused = await run(rig, { AWS_SECRET_ACCESS_KEY: "wr0ng-s3cret" });
    expect(refused).toMatchObject({ code: 0, warnings: ["INC4225"] });
    expect(refused.messages[0]).toContain("answered 403");
    expect(`${JSON.stringify(refused)}${rig.storeText()}`).not.toContain("wr0ng-s3cret");
    const anonymous = await checkouts.make(PIPELINE, FILES);
    const none = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
    expect(await run(anonymous, none)).toMatchObject({ code: 0, warnings: ["INC4225"] });
  });

  test("keys of a profile are found where the tools of AWS look for them", async () => {
    const rig = await checkouts.make(PIPELINE, FILES);
    rig.write(".aws/config", "[default]\nregion = eu-west-1\n\n[profile ci]\nregion=us-east-1\n");
    rig.write(".aws/credentials", "[ci]\naws_access_key_id = owner-id\naws_secret_access_key = owner-s3cret\n");
    const none = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
    expect(await run(rig, { ...none, AWS_PROFILE: "ci", HOME: rig.root })).toMatchObject({ code: 0, warnings: [] });
    expect(ran(await run(await checkouts.make(PIPELINE, FILES)))).toEqual([]);
  });
});

test("an address of a bucket says where its keys are", () => {
  const rootOf = (address: string, env = {}): string =>
    s3Settings(new URL(address), { HOME: "/none", ...env }).root.href;
  expect(rootOf("s3://cache")).toBe("https://cache.s3.us-east-1.amazonaws.com/");
  expect(rootOf("s3://cache/a/b/", { AWS_REGION: "eu-west-1" })).toBe("https://cache.s3.eu-west-1.amazonaws.com/a/b/");
  expect(rootOf("s3://my.cache/a")).toBe("https://s3.us-east-1.amazonaws.com/my.cache/a/");
  expect(rootOf("s3://cache/a?endpoint=http://127.0.0.1:9000/base")).toBe("http://127.0.0.1:9000/base/cache/a/");
  expect(rootOf("s3://cache?style=virtual", { AWS_ENDPOINT_URL: "https://s3.example.org" })).toBe(
    "https://cache.s3.example.org/",
  );
  expect(s3Settings(new URL("s3://cache"), { HOME: "/none" }).credentials).toBeUndefined();
});

test("an empty variable says nothing, and an endpoint that is none is no crash", () => {
  const empty = { HOME: "/none", AWS_REGION: "", AWS_ENDPOINT_URL: "", AWS_ENDPOINT_URL_S3: "" };
  expect(s3Settings(new URL("s3://cache"), empty).root.href).toBe("https://cache.s3.us-east-1.amazonaws.com/");
  for (const endpoint of ["garbage", "localhost:9000", "http://a:b@h/"])
    expect(() => s3Settings(new URL("s3://cache"), { HOME: "/none", AWS_ENDPOINT_URL: endpoint })).toThrow(
      UnusableAddress,
    );
});

test("the file of credentials beats the one of settings, and indented lines belong to what is above them", async () => {
  const rig = await Rig.create();
  const home = rig.path("home");
  mkdirSync(join(home, ".aws"), { recursive: true });
  writeFileSync(
    join(home, ".aws/config"),
    "[default]\r\naws_access_key_id=old\r\ns3 =\r\n  region = no\r\nregion = eu-north-1\r\n",
  );
  writeFileSync(
    join(home, ".aws/credentials"),
    "[default]\naws_access_key_id=id\naws_secret_access_key=s=1==\naws_session_token=t\n",
  );
  const settings = s3Settings(new URL("s3://cache"), { HOME: home });
  await rig.close();
  expect(settings.region).toBe("eu-north-1");
  expect(settings.credentials).toEqual({ accessKeyId: "id", secretAccessKey: "s=1==", sessionToken: "t" });
});

test.each([
  ["s3:///prefix", "it names no bucket: s3://BUCKET/PREFIX"],
  ["s3://cache?endpont=x", "it has an unknown setting: endpont"],
  ["s3://cache?endpoint=ftp://x", "its endpoint is no http URL"],
  ["s3://cache?style=other", "its style is neither path nor virtual"],
])("the address %s cannot be used", (address, why) => {
  expect(parseRemote(address, undefined)).toBe(why);
});
