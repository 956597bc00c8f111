import { execFileSync } from "node:child_process";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Rig } from "../../support/rig.ts";
import { createRepository, git, KEY, type Place, TASK, WITH_INC, withRemote } from "./repository.ts";

const GITLAB_CI_LOCAL = fileURLToPath(import.meta.resolve("gitlab-ci-local"));

let rig: Rig;

beforeEach(async () => {
  rig = await createRepository();
});

afterEach(() => rig.close());

type GitlabJob = Partial<Record<"script" | "before_script", readonly string[]>>;

async function gitlab(place: Place = {}): Promise<Readonly<Record<string, GitlabJob>>> {
  const { code, stderr } = await rig.start(["ci", "gitlab"], place).ended;
  expect([code, stderr]).toEqual([0, ""]);
  git(rig, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", "one");
  git(rig, "remote", "add", "origin", "git@gitlab.example.com:a/b.git");
  // Checks a pipeline by GitLab's own schema before it does anything.
  execFileSync(process.execPath, [GITLAB_CI_LOCAL, "--list-all"], { cwd: rig.root, stdio: "pipe" });
  return parse(rig.read(".gitlab-ci.yml"));
}

describe("the pipeline for GitLab", () => {
  test("of a project of npm", async () => {
    rig.write("package.json", WITH_INC);
    rig.write("package-lock.json", "{}");
    const pipeline = await gitlab();
    expect(pipeline["merge-request"]?.script).toEqual(["npx inc run --affected --junit inc-junit.xml"]);
    expect(pipeline["main"]?.script).toEqual(["npx inc run --junit inc-junit.xml"]);
    expect(pipeline[".inc"]).toMatchObject({ before_script: ["npm ci"], variables: { GIT_DEPTH: "0" } });
    expect(pipeline["push"]).toBeUndefined();
  });

  test.each(["pnpm-lock.yaml", "yarn.lock", "package-lock.json"])("of a directory below %s", async (lockfile) => {
    rig.remove("pipeline.ts");
    rig.write("package.json", "{}");
    rig.write(lockfile, "");
    rig.write("my data/package.json", WITH_INC);
    rig.write("my data/pipeline.ts", `import { out, sh, task } from "inc-run";\n${TASK}\n`);
    const pipeline = await gitlab({ cwd: "my data" });
    expect(pipeline["main"]?.script?.[0]).toMatch(
      /^\(cd 'my data' && (npx|pnpm exec|yarn) inc run --junit inc-junit.xml\)$/,
    );
    expect(pipeline[".inc"]).toMatchObject({ artifacts: { reports: { junit: "my data/inc-junit.xml" } } });
  });

  test("runs", async () => {
    rig.write("package.json", WITH_INC);
    rig.write("package-lock.json", "{}");
    rig.write("bin/npm", "#!/bin/sh\n", 0o755);
    rig.write("bin/npx", `#!/bin/sh\nshift\nexec "${process.execPath}" "${rig.cli}" "$@"\n`, 0o755);
    const { ".inc": every, main } = await gitlab();
    const lines = [...(every?.before_script ?? []), ...(main?.script ?? [])];
    const env = { PATH: `${rig.path("bin")}${delimiter}${process.env["PATH"]}`, HOME: rig.root };
    execFileSync("bash", ["-ec", lines.join("\n")], { cwd: rig.root, env, stdio: "pipe" });
    expect(rig.read("inc-junit.xml")).toContain('tests="1"');
  });

  test("with keys, a job of its own signs, on protected branches only", async () => {
    withRemote(rig, `{ url: "https://cache.example.com/", keys: ["${KEY}"] }`);
    const pipeline = await gitlab();
    expect(pipeline["push"]).toMatchObject({
      environment: { name: "inc", action: "prepare" },
      needs: ["main"],
      rules: [{ if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_COMMIT_REF_PROTECTED == "true"' }],
      script: [expect.stringMatching(/inc cache push$/)],
    });
    expect(pipeline["main"]).toMatchObject({ artifacts: { paths: [".inc/"] } });
    expect(pipeline["merge-request"]).not.toHaveProperty("artifacts");
  });
});
