import { generateKeyPairSync } from "node:crypto";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Rig } from "../../support/rig.ts";
import type { SharedDirectory } from "../../support/shared-directory.ts";
import {
  type Checkouts,
  makeKeys,
  ran,
  runShared,
  type SharedRun,
  sharedForEachTest,
} from "../../support/shared-runs.ts";

let shared: SharedDirectory;
let checkouts: Checkouts;
sharedForEachTest((made) => {
  ({ shared, checkouts } = made);
});

/** `tools/rot` is what the task runs, and nothing says so: an attacker changes it and keeps the fingerprint. */
const manifest = (keys?: unknown): string => `
export const app = task(sh\`sh tools/build.sh \${file("src.txt")} > \${out("build/app")}\`);
export const dep = task(sh\`sh tools/build.sh src.txt > \${out("build/dep")}; echo "build/dep: src.txt" > \${depfile("build/dep.d")}\`);
export default config({ ${keys === undefined ? "" : `remote: { keys: ${JSON.stringify(keys)} }`} });
`;
const GOOD = { "src.txt": "1\n", "tools/build.sh": 'echo "good $(cat $1)"\n' };
const EVIL = { ...GOOD, "tools/build.sh": 'echo "evil $(cat $1)"\n' };

function run(rig: Rig, env: Readonly<Record<string, string>> = {}): Promise<SharedRun> {
  return runShared(rig, { INC_REMOTE: shared.url, ...env });
}

function outputs(rig: Rig): readonly string[] {
  return [rig.read("build/app"), rig.read("build/dep")];
}

/** What a job for the main branch has. */
const PROTECTED = { GITHUB_REF: "refs/heads/main", GITHUB_EVENT_NAME: "push", GITHUB_REF_PROTECTED: "true" };

const GOOD_OUTPUTS = ["good 1\n", "good 1\n"];
const EVIL_OUTPUTS = ["evil 1\n", "evil 1\n"];

describe("whoever uploads first under the fingerprint of main without being it (CVE-2025-36852)", () => {
  test.each([
    { INC_REMOTE_SCOPE: "pr/7" },
    { GITHUB_REF: "refs/pull/7/merge", GITHUB_EVENT_NAME: "pull_request" },
    { CI_MERGE_REQUEST_IID: "7" },
    { GITHUB_REF: "refs/heads/fix", GITHUB_EVENT_NAME: "push", GITHUB_REF_PROTECTED: "false" },
    { CI_COMMIT_BRANCH: "fix", CI_DEFAULT_BRANCH: "main", CI_COMMIT_REF_PROTECTED: "false" },
  ])("does not poison main: %o", async (env) => {
    const attacker = await checkouts.make(manifest(), EVIL);
    expect(ran(await run(attacker, env))).toEqual(["app", "dep"]);
    const scope = "GITHUB_REF_PROTECTED" in env || "CI_COMMIT_BRANCH" in env ? "branch/fix" : "pr/7";
    expect(new Set(shared.records().map((record) => record.scope))).toEqual(new Set([scope]));
    // A later run of the same takes what it made.
    expect(ran(await run(await checkouts.make(manifest(), EVIL), env))).toEqual([]);
    const main = await checkouts.make(manifest(), GOOD);
    expect(ran(await run(main, PROTECTED))).toEqual(["app", "dep"]);
    expect(outputs(main)).toEqual(GOOD_OUTPUTS);
    // Another pull request gets what main made, and the attacker's own no longer counts.
    const other = await checkouts.make(manifest(), GOOD);
    expect(ran(await run(other, { INC_REMOTE_SCOPE: "pr/8" }))).toEqual([]);
    expect(outputs(other)).toEqual(GOOD_OUTPUTS);
    const again = await checkouts.make(manifest(), EVIL);
    expect(ran(await run(again, env))).toEqual([]);
    expect(outputs(again)).toEqual(GOOD_OUTPUTS);
  });

  test("does not poison another pull request", async () => {
    await run(await checkouts.make(manifest(), EVIL), { INC_REMOTE_SCOPE: "pr/7" });
    const other = await checkouts.make(manifest(), GOOD);
    expect(ran(await run(other, { INC_REMOTE_SCOPE: "pr/8" }))).toEqual(["app", "dep"]);
    expect(outputs(other)).toEqual(GOOD_OUTPUTS);
  });

  test("has no effect with write access to all paths, when the manifest lists keys", async () => {
    const main = makeKeys();
    const pr = makeKeys();
    const listed = manifest([main.public, { key: pr.public, scope: "pr/*" }]);
    // Without a key, with one of its own, and with that of pull requests.
    for (const key of [undefined, makeKeys().private, pr.private]) {
      // Its manifest lists no keys, so that inc itself does not keep it from uploading.
      const attacker = await checkouts.make(manifest(), EVIL);
      await run(attacker, { INC_REMOTE_SCOPE: "main", ...(key === undefined ? {} : { INC_SIGNING_KEY: key }) });
      expect(outputs(attacker)).toEqual(EVIL_OUTPUTS);
      const victim = await checkouts.make(listed, GOOD);
      const outcome = await run(victim);
      expect(outcome).toMatchObject({ code: 0, warnings: ["INC4226"] });
      expect(ran(outcome)).toEqual(["app", "dep"]);
      expect(outputs(victim)).toEqual(GOOD_OUTPUTS);
    }
    // The holder of the key replaces what the attacker left.
    await run(await checkouts.make(listed, GOOD), { INC_SIGNING_KEY: main.private });
    const reader = await checkouts.make(listed, GOOD);
    expect(await run(reader)).toMatchObject({ warnings: [], results: ["app: restored", "dep: restored"] });
  });

  test("cannot move signed records to where they say something else", async () => {
    const main = makeKeys();
    const pr = makeKeys();
    const listed = manifest([main.public, pr.public]);
    await run(await checkouts.make(listed, EVIL), { INC_REMOTE_SCOPE: "pr/7", INC_SIGNING_KEY: pr.private });
    // To main, and under the fingerprint of the other task.
    cpSync(`${shared.root}/v1/records/pr/7`, `${shared.root}/v1/records/main`, { recursive: true });
    const victim = await checkouts.make(listed, GOOD);
    expect(ran(await run(victim))).toEqual(["app", "dep"]);
    await run(victim, { INC_SIGNING_KEY: main.private });
  });
});

describe("signatures", () => {
  test("what is signed is taken, and names its maker; readers need no token and no key", async () => {
    const keys = makeKeys();
    const first = await checkouts.make(manifest([keys.public]), GOOD);
    expect(await run(first, { INC_SIGNING_KEY: keys.private })).toMatchObject({ code: 0, warnings: [] });
    const second = await checkouts.make(manifest([keys.public]), GOOD);
    expect(await run(second)).toMatchObject({ warnings: [], results: ["app: restored", "dep: restored"] });
    // A run without the key shares nothing where keys are listed.
    second.write("src.txt", "2\n");
    const before = shared.files("records").length;
    expect(ran(await run(second))).toEqual(["app", "dep"]);
    expect(shared.files("records")).toHaveLength(before);
  });

  test.each<[string, (text: string) => string]>([
    ["outputs", (text) => text.replace(/"size":\d+/, '"size":8')],
    ["modes", (text) => text.replace(/"permissions":\{"file":\d+/, '"permissions":{"file":511')],
    ["the builder", (text) => text.replace(/"builder":\{"builder":"/, "$&x")],
    ["the scope", (text) => text.replace('"scope":"main"', '"scope":"pr/1"')],
    ["one space", (text) => text.replace(",", ", ")],
  ])("a record in which %s were changed is not taken", async (_, change) => {
    const keys = makeKeys();
    await run(await checkouts.make(manifest([keys.public]), GOOD), { INC_SIGNING_KEY: keys.private });
    shared.forge("app", change);
    const reader = await checkouts.make(manifest([keys.public]), GOOD);
    const outcome = await run(reader);
    expect(outcome).toMatchObject({ code: 0, warnings: ["INC4226"], results: ["app: ran", "dep: restored"] });
    expect(outcome.messages[0]).toMatch(/is not used: its signature by the key [0-9a-f]{16} is wrong/);
  });

  test("a writer whose key readers would not trust is told so, and uploads nothing", async () => {
    const [main, pr] = [makeKeys(), makeKeys()];
    const listed = manifest([main.public, { key: pr.public, scope: "pr/*" }]);
    for (const [key, why] of [
      [makeKeys().private, "is none of those that the manifest lists"],
      [pr.private, 'may not sign for the scope "main"'],
    ] as const) {
      const outcome = await run(await checkouts.make(listed, GOOD), { INC_SIGNING_KEY: key });
      expect(outcome).toMatchObject({ code: 0, warnings: ["INC1047"] });
      expect(outcome.messages[0]).toContain(why);
    }
    expect(shared.files("records")).toEqual([]);
    const fits = await run(await checkouts.make(listed, GOOD), {
      INC_SIGNING_KEY: pr.private,
      INC_REMOTE_SCOPE: "pr/1",
    });
    expect(fits.warnings).toEqual([]);
    expect(shared.files("records")).not.toEqual([]);
  });

  test("a key can be PEM, in a file, and neither tasks nor the manifest see it", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    const keys = [publicKey.export({ format: "pem", type: "spki" }).toString()];
    const spying = `${manifest(keys)}
export const spy = task(sh\`env > \${out("build/spy")}\`, { env: { A: env("INC_SIGNING_KEY"), B: env("INC_SIGNING_KEY_FILE"), C: env("INC_REMOTE_TOKEN") } });
console.error("manifest:", JSON.stringify(Object.keys(process.env).filter((name) => name.startsWith("INC_"))));
`;
    const first = await checkouts.make(spying, GOOD);
    first.write("key.pem", pem);
    const env = { INC_SIGNING_KEY_FILE: first.path("key.pem"), INC_REMOTE_TOKEN: "t0ken" };
    const outcome = await run(first, env);
    expect(outcome).toMatchObject({ code: 0, warnings: [] });
    expect(outcome.stderr).toContain("manifest: []");
    expect(first.read("build/spy")).not.toMatch(/PRIVATE|t0ken|key\.pem/);
    expect(first.storeText()).not.toMatch(/PRIVATE KEY|t0ken/);
    const second = await checkouts.make(spying, GOOD);
    expect(ran(await run(second))).toEqual([]);
  });

  test("unusable settings end the run before it begins", async () => {
    const cases: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
      [manifest(), { INC_SIGNING_KEY: "nonsense" }, "INC1047"],
      [manifest(), { INC_SIGNING_KEY_FILE: "/nowhere/key.pem" }, "INC1047"],
      [manifest(["nonsense"]), {}, "INC1047"],
      [manifest([makeKeys().private]), {}, "INC1047"],
      [manifest(), { INC_REMOTE_SCOPE: "../main" }, "INC1046"],
      [manifest(), { INC_REMOTE: "ftp://user:pa55@host/x" }, "INC1045"],
      [manifest(), { INC_REMOTE: "cache.example.com" }, "INC1045"],
      [manifest(), { INC_REMOTE: "file://host/x" }, "INC1045"],
      ['export default config({ remote: "https://user:pa55@host/" }); export const a = task(sh`true`);', {}, "INC2032"],
    ];
    for (const [text, env, code] of cases) {
      const outcome = await run(await checkouts.make(text, GOOD), env);
      expect([outcome.code, outcome.stderr]).toEqual([2, expect.stringContaining(code)]);
      // But for the line of the manifest in which it stands.
      expect(outcome.stderr.replaceAll(text.trim(), "")).not.toContain("pa55");
    }
  });
});

describe("a hostile record", () => {
  /** Each is refused as a whole: nothing of it is written anywhere. */
  test.each<[string, (text: string) => string]>([
    ["another path", (text) => text.replaceAll('"path":"build/app"', '"path":"build/other"')],
    [
      "a path that leads up",
      (text) => text.replace('"path":"build/app","permissions"', '"path":"../victim","permissions"'),
    ],
    [
      "an absolute path",
      (text) => text.replace('"path":"build/app","permissions"', '"path":"/tmp/victim","permissions"'),
    ],
    [
      "a hook of git",
      (text) => text.replace('"path":"build/app","permissions"', '"path":".git/hooks/post-checkout","permissions"'),
    ],
    [
      "an output twice",
      (text) => text.replace(/"outputs":\[(\{"identity".*?\})\],"reason"/, '"outputs":[$1,$1],"reason"'),
    ],
    [
      "a link out of the workspace",
      (text) => text.replace(/"identity":\{[^}]*\}/, '"identity":{"text":"../../etc/passwd","type":"symlink"}'),
    ],
    [
      "a link that turns back behind what may be a link itself",
      (text) => text.replace(/"identity":\{[^}]*\}/, '"identity":{"text":"up/../../src.txt","type":"symlink"}'),
    ],
    ["a duration without end", (text) => text.replace(/"duration":[\d.]+/, '"duration":1e999')],
    ["a time that is none", (text) => text.replace(/"started":[\d.]+/, '"started":1e20')],
    ["setuid bits", (text) => text.replace(/"permissions":\{"file":\d+/, '"permissions":{"file":2541')],
    ["a smaller size", (text) => text.replace(/"size":7/, '"size":3')],
    ["a larger size", (text) => text.replace(/"size":7/, '"size":70')],
    ["more bytes than the disk has", (text) => text.replace(/"size":7/, '"size":9007199254740991')],
    ["a size below zero", (text) => text.replace(/"size":7/, '"size":-7')],
    ["another command", (text) => text.replace("sh tools/build.sh", "sh tools/other.sh")],
    ["an escape for the terminal", (text) => text.replace(/"host":"[^"]*"/, '"host":"\\u001b[2J"')],
    ["the id of a path", (text) => text.replace(/"id":"[^"]*"/, '"id":"../../x"')],
    ["nothing", () => "{}"],
    ["no JSON", (text) => text.slice(0, -2)],
  ])("with %s is a miss", async (_, change) => {
    await run(await checkouts.make(manifest(), GOOD));
    shared.forge("app", change);
    const reader = await checkouts.make(manifest(), GOOD);
    reader.write(".git/HEAD", "ref: refs/heads/main\n");
    const outcome = await run(reader);
    expect(outcome).toMatchObject({ code: 0, warnings: ["INC4228"], results: ["app: ran", "dep: restored"] });
    expect(outcome.messages[0]).toMatch(/^the shared cache file:\S+ gave (a record that|more bytes|fewer bytes)/);
    expect(outputs(reader)).toEqual(GOOD_OUTPUTS);
    expect(reader.exists(".git/hooks/post-checkout")).toBe(false);
    // Whoever ran the task has replaced it.
    expect(ran(await run(await checkouts.make(manifest(), GOOD)))).toEqual([]);
  });

  test("that names bytes which are not there is a miss", async () => {
    await run(await checkouts.make(manifest(), GOOD));
    shared.forge("app", (text) =>
      text.replace(
        /"digest":"[0-9a-f]{64}","executable":false,"type":"file"\},"name"/,
        `"digest":"${"0".repeat(64)}","executable":false,"type":"file"},"name"`,
      ),
    );
    const reader = await checkouts.make(manifest(), GOOD);
    expect(await run(reader)).toMatchObject({ code: 0, warnings: [], results: ["app: ran", "dep: restored"] });
  });

  test("that bears the id of an attempt of this workspace does not replace that", async () => {
    const first = await checkouts.make(manifest(), GOOD);
    await run(first);
    first.write("src.txt", "2\n");
    const maker = await checkouts.make(manifest(), { ...GOOD, "src.txt": "2\n" });
    await run(maker);
    const idOf = (path: string): string => /"id":"([^"]*)"/.exec(readFileSync(path, "utf8"))?.[1] ?? "";
    const records = shared.files("records").filter((path) => readFileSync(path, "utf8").includes('"task":"app"'));
    const [mine, theirs] = records.map(idOf) as [string, string];
    for (const path of records)
      writeFileSync(
        path,
        readFileSync(path, "utf8")
          .replaceAll(theirs, mine)
          .replaceAll(theirs.split(".")[0] ?? "", mine.split(".")[0] ?? ""),
      );
    const outcome = await run(first);
    expect(outcome.code).toBe(0);
    expect(first.read("build/app")).toBe("good 2\n");
    expect((await first.run("lineage", "build/app@1")).stdout).toContain("src.txt@1");
  });
});
