import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ROOT } from "../../docs/projects.ts";
import { FaultServer } from "../../support/fault-server.ts";
import { goProgram } from "../../support/go-program.ts";
import type { Rig } from "../../support/rig.ts";
import { makeKeys } from "../../support/shared-runs.ts";
import { createRepository, git, KEY, type Place, TASK, WITH_INC, withRemote } from "./repository.ts";

interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly "working-directory"?: string;
}

interface Job {
  readonly steps: readonly Step[];
  readonly environment?: string;
  readonly if?: string;
  readonly defaults?: unknown;
}

interface Workflow {
  readonly on: { readonly push: { readonly branches: readonly string[] } };
  readonly permissions: unknown;
  readonly jobs: { readonly run: Job; readonly push?: Job };
}

const actionlint = goProgram("actionlint", "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12");
if ("missing" in actionlint) console.warn(`the workflows are not linted: ${actionlint.missing}`);

let rig: Rig;

beforeEach(async () => {
  rig = await createRepository();
});

afterEach(() => rig.close());

async function github(place: Place = {}, ...args: readonly string[]): Promise<Workflow> {
  const { code, stderr } = await rig.start(["ci", "github", ...args], place).ended;
  expect([code, stderr]).toEqual([0, ""]);
  if ("program" in actionlint) {
    // Its inputs are looked up in the action itself.
    const [own] = /\.\/\S*node_modules\/inc-run/.exec(rig.read(".github/workflows/inc.yml")) ?? [];
    if (own !== undefined)
      for (const path of ["action.yml", "dist/action/restore.js", "dist/action/save.js"])
        rig.write(`${own}/${path}`, readFileSync(join(ROOT, path)));
    execFileSync(actionlint.program, ["-shellcheck=", "-pyflakes="], { cwd: rig.root, stdio: "pipe" });
  }
  return parse(rig.read(".github/workflows/inc.yml")) as Workflow;
}

/** What the steps of a job run and use, in order. */
function doneIn(job: Job | undefined): readonly string[] {
  return (job?.steps ?? []).map(({ run, uses }) => run ?? uses ?? "");
}

const RUN =
  "run ${{ github.event_name == 'pull_request' && '--affected' || '' }} --junit \"$RUNNER_TEMP/inc-junit.xml\"";
const OWN = `npm install --no-save --prefix node_modules/.inc-run inc-run@${JSON.parse(WITH_INC).devDependencies["inc-run"]}`;

describe("the workflow for GitHub Actions", () => {
  test("of a project of npm", async () => {
    rig.write("package.json", WITH_INC);
    rig.write("package-lock.json", "{}");
    const { jobs, on, permissions } = await github();
    expect(doneIn(jobs.run)).toEqual([
      "actions/checkout@v5",
      "actions/setup-node@v5",
      "npm ci",
      "./node_modules/inc-run",
      `npx inc ${RUN}`,
      "actions/upload-artifact@v5",
    ]);
    expect(jobs.run.steps[0]?.with).toEqual({ "fetch-depth": 0, "persist-credentials": false });
    expect(jobs.run.steps[1]?.with).toEqual({ "node-version": 24, cache: "npm" });
    expect(on.push.branches).toEqual(["main"]);
    expect(permissions).toEqual({ contents: "read" });
    expect(jobs.push).toBeUndefined();
  });

  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    [
      "pnpm",
      { "pnpm-lock.yaml": "" },
      ["pnpm/action-setup@v4", "pnpm install --frozen-lockfile", `pnpm exec inc ${RUN}`],
    ],
    ["yarn 1", { "yarn.lock": "# yarn lockfile v1\n" }, ["yarn install --frozen-lockfile", `yarn inc ${RUN}`]],
    [
      "a modern yarn with node_modules",
      { "yarn.lock": "__metadata:\n  version: 8\n", ".yarnrc.yml": "nodeLinker: node-modules\n" },
      ["corepack enable", "yarn install --immutable", `yarn inc ${RUN}`],
    ],
    [
      "a modern yarn without node_modules",
      { "yarn.lock": "__metadata:\n  version: 8\n" },
      ["corepack enable", "yarn install --immutable", OWN, `node_modules/.inc-run/node_modules/.bin/inc ${RUN}`],
    ],
    ["no lockfile", {}, ["npm install --no-package-lock", `npx inc ${RUN}`]],
    [
      "npm without inc",
      { "package.json": '{ "dependencies": { "x": "1" } }', "npm-shrinkwrap.json": "{}" },
      ["npm ci", OWN, `node_modules/.inc-run/node_modules/.bin/inc ${RUN}`],
    ],
    ["nothing", { "package.json": "{}" }, [OWN, `node_modules/.inc-run/node_modules/.bin/inc ${RUN}`]],
  ])("of a project with %s", async (_, files, expected) => {
    rig.write("package.json", WITH_INC);
    for (const [path, text] of Object.entries(files)) rig.write(path, text);
    const { jobs } = await github();
    expect(doneIn(jobs.run).filter((step) => !/^(actions\/|\.\/)/.test(step))).toEqual(expected);
  });

  test("of a directory in a repository with one lockfile, a version of Node, and a manifest of another name", async () => {
    rig.remove("pipeline.ts");
    rig.write("package.json", "{}");
    rig.write("package-lock.json", "{}");
    rig.write(".nvmrc", "v22.19\n");
    rig.write("my data/package.json", WITH_INC);
    mkdirSync(dirname(rig.path("my data/jobs/x")), { recursive: true });
    writeFileSync(rig.path("my data/jobs/night ly.ts"), `import { out, sh, task } from "inc-run";\n${TASK}\n`);
    const { jobs } = await github({ cwd: "my data/jobs" }, "./night ly.ts");
    expect(jobs.run.defaults).toEqual({ run: { "working-directory": "my data/jobs" } });
    expect(jobs.run.steps.map((step) => step["working-directory"]).filter(Boolean)).toEqual(["."]);
    expect(jobs.run.steps[1]?.with).toEqual({ "node-version-file": ".nvmrc", cache: "npm" });
    expect(doneIn(jobs.run)).toContain(`npx inc ${RUN.replace("run", "run './night ly.ts'")}`);
  });

  test("names the main branch of the repository that this one came from", async () => {
    git(rig, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", "one");
    git(rig, "update-ref", "refs/remotes/origin/trunk/2", "HEAD");
    git(rig, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk/2");
    expect((await github()).on.push.branches).toEqual(["trunk/2"]);
  });
});

describe("secrets", () => {
  test("a pull request does not get what writes the results of the main branch", async () => {
    withRemote(rig, '"https://cache.example.com/inc/"');
    const { jobs } = await github();
    expect(doneIn(jobs.run)).not.toContain("./node_modules/.inc-run/node_modules/inc-run");
    expect(jobs.run.steps.find(({ run }) => run?.includes(" run "))?.env).toEqual({
      INC_REMOTE_TOKEN:
        "${{ github.event_name == 'pull_request' && secrets.INC_REMOTE_TOKEN_PR || github.event_name == 'push' && secrets.INC_REMOTE_TOKEN || '' }}",
    });
    expect(jobs.push).toBeUndefined();
  });

  test.each<[string, string, readonly string[]]>([
    ["a server", "https://cache.example.com/", ["INC_REMOTE_TOKEN"]],
    ["a server of Bazel's protocol", "bazel+https://cache.example.com/", ["INC_REMOTE_TOKEN"]],
    ["a bucket", "s3://results/inc?region=eu-west-1", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]],
    ["a directory", "file:///mnt/shared", []],
  ])("with keys, only the job that signs gets the key, and what writes to %s", async (_, url, credentials) => {
    withRemote(rig, `{ url: "${url}", keys: ["${KEY}"] }`);
    const { jobs } = await github();
    expect(JSON.stringify(jobs.run)).not.toContain("INC_SIGNING_KEY");
    for (const name of credentials) expect(JSON.stringify(jobs.run)).not.toContain(`secrets.${name} `);
    const push = jobs.push as Job;
    // A token is sent to no address that only the store names.
    const told = credentials.includes("INC_REMOTE_TOKEN") ? { INC_REMOTE: url } : {};
    expect(push.environment).toBe("inc");
    expect(push.if).toBe("${{ github.event_name == 'push' && github.ref_protected }}");
    expect(push.steps.find(({ run }) => run?.includes("cache push"))?.env).toEqual({
      ...told,
      ...Object.fromEntries(["INC_SIGNING_KEY", ...credentials].map((name) => [name, `\${{ secrets.${name} }}`])),
    });
    // It runs neither tasks nor the scripts of packages.
    expect(doneIn(push).filter((step) => / run |npm (ci|install)(?!.*(--ignore-scripts|inc-run@))/.test(step))).toEqual(
      [],
    );
    expect(jobs.run.steps.at(-1)).toMatchObject({ if: push.if, with: { path: ".inc", "include-hidden-files": true } });
  });

  test("the job that signs can do so with what the workflow gives it", async () => {
    const keys = makeKeys();
    const server = await FaultServer.start();
    try {
      withRemote(rig, `{ url: "${server.url}", keys: ["${keys.public}"] }`);
      expect((await rig.run("run")).code).toBe(0);
      const secrets: Readonly<Record<string, string>> = { INC_SIGNING_KEY: keys.private, INC_REMOTE_TOKEN: "token" };
      const filled = (text: string): string =>
        text.replace(/\$\{\{ secrets\.(\w+) \}\}/, (_, name: string) => secrets[name] ?? "");
      const ofGitHub = (await github()).jobs.push?.steps.find(({ run }) => run?.includes("cache push"))?.env ?? {};
      expect((await rig.run("ci", "gitlab")).code).toBe(0);
      const gitlab = parse(rig.read(".gitlab-ci.yml")) as { push: { variables?: Record<string, string> } };
      for (const env of [ofGitHub, { ...secrets, ...gitlab.push.variables }]) {
        const values = Object.fromEntries(Object.entries(env).map(([name, text]) => [name, filled(text)]));
        expect(await rig.start(["cache", "push"], { env: values }).ended).toMatchObject({ code: 0, stderr: "" });
      }
      expect(server.objects.size).toBeGreaterThan(0);
    } finally {
      await server.close();
    }
  });

  test("what the job that signs gets as an artifact is enough for it", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const key = publicKey.export({ format: "der", type: "spki" }).toString("base64");
    const shared = `${rig.root}-shared`;
    withRemote(rig, `{ url: "file://${shared}", keys: ["${key}"] }`);
    expect((await rig.run("run")).code).toBe(0);
    const machine = await createRepository();
    cpSync(rig.path(".inc"), machine.path(".inc"), { recursive: true });
    // Artifacts hold files alone, and no permissions.
    execFileSync("find", [machine.path(".inc"), "-type", "f", "-exec", "chmod", "644", "{}", "+"]);
    execFileSync("find", [machine.path(".inc"), "-type", "d", "-empty", "-delete"]);
    const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    const push = await machine.start(["cache", "push"], { env: { INC_SIGNING_KEY: pem } }).ended;
    await machine.close();
    rmSync(shared, { recursive: true, force: true });
    expect([push.code, push.stderr]).toEqual([0, ""]);
    expect(push.stdout).toContain("uploaded 1 result ");
  });

  test("an address with a password is never written into the workflow", async () => {
    const { jobs } = await github({ env: { INC_REMOTE: "https://ci:pa55word@cache.example.com/inc/" } });
    expect(rig.read(".github/workflows/inc.yml")).not.toMatch(/pa55word|cache\.example/);
    expect(Object.keys(jobs.run.steps.find(({ env }) => env !== undefined)?.env ?? {})).toEqual(["INC_REMOTE"]);
  });

  test("an address without one is a variable", async () => {
    const { jobs } = await github({ env: { INC_REMOTE: "https://cache.example.com/inc/" } });
    expect(jobs.run.steps.find(({ env }) => env !== undefined)?.env).toMatchObject({
      INC_REMOTE: "${{ vars.INC_REMOTE }}",
    });
  });

  test("what is left to do is printed, each secret by its name", async () => {
    withRemote(rig, `{ url: "https://cache.example.com/", keys: ["${KEY}"] }`);
    const { stdout } = await rig.run("ci", "github");
    expect(stdout).toMatchInlineSnapshot(`
      ".github/workflows/inc.yml

      next: set the secret INC_REMOTE_TOKEN_PR (Settings, Secrets and variables, Actions), to read with, unless anyone may
      next: make an environment "inc" for protected branches, with the secrets INC_SIGNING_KEY and INC_REMOTE_TOKEN
      next: commit it
      "
    `);
  });
});

describe("what it refuses", () => {
  test.each([
    ["github", ".github/workflows/inc.yml"],
    ["gitlab", ".gitlab-ci.yml"],
  ])("an existing file of %s stays as it is", async (system, path) => {
    rig.write(path, "mine");
    const { code, stdout, stderr } = await rig.run("ci", system);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toBe(
      `error INC1004: "${path}" is there already, and inc does not overwrite it\n` +
        `  help: rename it, run inc ci ${system} again, and take over what you want from either\n`,
    );
    expect(rig.read(path)).toBe("mine");
  });

  test("a CI system that it does not know", async () => {
    const { code, stderr } = await rig.run("ci", "jenkins");
    expect([code, stderr]).toEqual([2, expect.stringContaining("github, gitlab")]);
  });

  test("a project without a pipeline", async () => {
    rig.remove("pipeline.ts");
    expect(await rig.run("ci", "github")).toMatchObject({ code: 2, stderr: expect.stringContaining("INC1002") });
    expect(rig.exists(".github")).toBe(false);
  });
});
