import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isScope } from "../../../src/store/remote/trust/scope.ts";
import { scopesOf } from "../../../src/store/remote/trust/scopes.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "inc-event-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** The variables of a job of GitHub Actions. @param event What its event file holds. */
function github(ref: string, isProtected: string, event: unknown = { repository: { default_branch: "main" } }) {
  const path = join(directory, "event.json");
  writeFileSync(path, typeof event === "string" ? event : JSON.stringify(event));
  return {
    GITHUB_REF: ref,
    GITHUB_REF_PROTECTED: isProtected,
    GITHUB_EVENT_NAME: "push",
    GITHUB_EVENT_PATH: path,
  };
}

function gitlab(isProtected: string, rest: Readonly<Record<string, string>>) {
  return { CI_COMMIT_REF_PROTECTED: isProtected, CI_DEFAULT_BRANCH: "main", ...rest };
}

const writes = (env: Readonly<Record<string, string>>): string | undefined => scopesOf(undefined, env)?.writes;

describe("GitHub", () => {
  test("what is protected writes main, other branches and tags a scope of their own", () => {
    expect(writes(github("refs/heads/release/1", "true"))).toBe("main");
    expect(scopesOf("", github("refs/heads/fix/a_b.c", "false"))).toEqual({
      reads: ["main", "branch/fix/a_b.c"],
      writes: "branch/fix/a_b.c",
    });
    // GITHUB_REF_PROTECTED is false for every tag, whatever the rules are.
    expect(writes(github("refs/tags/v1.0", "false"))).toBe("tag/v1.0");
  });

  test("the default branch writes main though no rule protects it", () => {
    expect(writes(github("refs/heads/main", "false"))).toBe("main");
    expect(writes(github("refs/heads/main", "false", { repository: { default_branch: "trunk" } }))).toBe("branch/main");
    expect(writes(github("refs/tags/main", "false"))).toBe("tag/main");
  });

  test.each(["", "null", "{", "[]", '{"repository":7}', '{"repository":{"default_branch":null}}'])(
    "an event %j says nothing of the default branch",
    (event) => {
      expect(writes(github("refs/heads/main", "false", event))).toBe("branch/main");
    },
  );

  test.each(["pull_request", "pull_request_target", "issue_comment", "workflow_run"])(
    "%s may run the code of any pull request under a protected ref: nothing is written",
    (name) => {
      expect(scopesOf(undefined, { ...github("refs/heads/main", "true"), GITHUB_EVENT_NAME: name })).toEqual({
        reads: ["main"],
        writes: undefined,
      });
    },
  );

  test("a pull request counts as such whatever its ref is", () => {
    expect(writes(github("refs/pull/3/merge", "true"))).toBe("pr/3");
    expect(writes(github("refs/elsewhere/3", "false"))).toBeUndefined();
  });

  test("one that does not say what is protected writes main", () => {
    expect(writes({ GITHUB_REF: "refs/heads/fix", GITHUB_EVENT_NAME: "push" })).toBe("main");
  });

  test("INC_REMOTE_SCOPE decides", () => {
    expect(scopesOf("main", github("refs/heads/fix", "false"))?.writes).toBe("main");
    expect(scopesOf("none", github("refs/heads/main", "true"))?.writes).toBeUndefined();
  });
});

describe("GitLab", () => {
  test.each([
    ["true", { CI_COMMIT_BRANCH: "release" }, "main"],
    ["true", { CI_COMMIT_TAG: "v1" }, "main"],
    ["false", { CI_COMMIT_TAG: "v1" }, "tag/v1"],
    ["false", { CI_COMMIT_BRANCH: "fix" }, "branch/fix"],
    ["false", { CI_COMMIT_BRANCH: "main" }, "main"],
    // A merge request of a fork may come from a branch that is called like the default one.
    ["false", { CI_COMMIT_REF_NAME: "main", CI_MERGE_REQUEST_IID: "9" }, "pr/9"],
    ["true", { CI_COMMIT_REF_NAME: "main", CI_MERGE_REQUEST_IID: "9" }, "pr/9"],
    ["false", { CI_COMMIT_REF_NAME: "main" }, undefined],
  ])("protected %s, %o", (isProtected, rest, scope) => {
    expect(writes(gitlab(isProtected, rest))).toBe(scope);
  });
});

test.each([
  { CHANGE_ID: "7" },
  { SYSTEM_PULLREQUEST_PULLREQUESTID: "7" },
  { BITBUCKET_PR_ID: "7" },
  { BUILDKITE_PULL_REQUEST: "7" },
  { CIRCLE_PULL_REQUEST: "https://example.com/owner/name/pull/7" },
  { DRONE_PULL_REQUEST: "7" },
  { TRAVIS_PULL_REQUEST: "7" },
  { CI_COMMIT_PULL_REQUEST: "7" },
])("a pull request elsewhere: %o", (env) => {
  expect(writes(env)).toBe("pr/7");
});

test.each([{ BUILDKITE_PULL_REQUEST: "false" }, { TRAVIS_PULL_REQUEST: "false" }, { CHANGE_ID: "" }])(
  "none: %o",
  (env) => {
    expect(writes(env)).toBe("main");
  },
);

describe("names of branches", () => {
  const scopeOf = (name: string): string => writes(gitlab("false", { CI_COMMIT_BRANCH: name })) ?? "";

  test("each has a scope of its own", () => {
    const names = ["a b", "a#b", "a/b", "a/-b", "é", "ü", "日本", "-", "_", "x".repeat(200), "x".repeat(201), "a//b"];
    const direct = names.map(scopeOf);
    // A branch may bear the very name that stands for another one.
    const imitated = direct.map((scope) => scopeOf(scope.replace(/^branch\//, "")));
    const all = [...direct, ...imitated.filter((_, i) => names[i] !== "a/b")];
    expect(new Set(all).size).toBe(all.length);
    for (const scope of all) expect([scope, isScope(scope)]).toEqual([scope, true]);
  });

  test("they stay readable", () => {
    expect(scopeOf("fix/#12 spaces")).toMatch(/^branch\/fix-12-spaces-[0-9a-f]{16}$/);
  });
});
