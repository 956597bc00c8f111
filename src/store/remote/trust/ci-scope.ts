import { readFileSync } from "node:fs";
import { hasher } from "../../../host/files/hash.ts";
import { isScope, MAIN, NO_SCOPE } from "./scope.ts";

type Env = NodeJS.ProcessEnv;

/** What builds of a pull request have in GitLab, Jenkins, Azure, Bitbucket, Buildkite, CircleCI, Drone, Travis, Woodpecker: its number, or its address. */
const NUMBERS = [
  "CI_MERGE_REQUEST_IID",
  "CI_EXTERNAL_PULL_REQUEST_IID",
  "CHANGE_ID",
  "SYSTEM_PULLREQUEST_PULLREQUESTID",
  "BITBUCKET_PR_ID",
  "BUILDKITE_PULL_REQUEST",
  "CIRCLE_PULL_REQUEST",
  "DRONE_PULL_REQUEST",
  "TRAVIS_PULL_REQUEST",
  "CI_COMMIT_PULL_REQUEST",
];

/** Events of GitHub whose ref is a branch, though workflows run the code of a pull request for them. */
const OF_PULL_REQUESTS = /^(pull_request|issue_comment$|workflow_run$)/;

/** How a name ends that stands for another one. */
const STAND_IN = /(^|-)[0-9a-f]{16}$/;

/** How much of a name is readable when it cannot be used as it is, in characters. */
const READABLE = 60;

/**
 * The scope of what CI says that it builds: `pr/N`, `main` for what is protected and for the default branch, else
 * `branch/NAME` or `tag/NAME`. Whoever may push to the default branch decides anyway what all others build, so that a
 * repository without any protected branch has a `main` as well. Undefined: CI does not say, or this is none.
 */
export function scopeInCi(env: Env): string | undefined {
  return ofPullRequest(env) ?? ofGitHub(env) ?? ofGitLab(env);
}

function ofPullRequest(env: Env): string | undefined {
  const github = /^refs\/pull\/(\d+)\//.exec(env["GITHUB_REF"] ?? "")?.[1];
  const numbers = NUMBERS.map((name) => /(?:^|\/)(\d+)$/.exec(env[name] ?? "")?.[1]);
  const number = [github, ...numbers].find((found) => found !== undefined);
  if (number !== undefined) return `pr/${number}`;
  // It is not known of which one.
  return mayRunPullRequest(env) ? NO_SCOPE : undefined;
}

/** True for events of GitHub for which a workflow may run what a pull request wrote, even where its ref is the default branch. */
export function mayRunPullRequest(env: Env): boolean {
  return OF_PULL_REQUESTS.test(env["GITHUB_EVENT_NAME"] ?? "");
}

function ofGitHub(env: Env): string | undefined {
  const { GITHUB_REF: ref = "", GITHUB_REF_PROTECTED: isProtected } = env;
  if (isProtected === "true") return MAIN;
  if (isProtected !== "false") return undefined;
  const [, kind, name] = /^refs\/(heads|tags)\/(.+)$/s.exec(ref) ?? [];
  if (name === undefined) return NO_SCOPE;
  if (kind === "tags") return named("tag", name);
  return name === defaultBranch(env["GITHUB_EVENT_PATH"]) ? MAIN : named("branch", name);
}

/** What the event says that started the workflow. Undefined: it does not say. */
function defaultBranch(path: string | undefined): unknown {
  try {
    const event = JSON.parse(readFileSync(path ?? "", "utf8")) as { repository?: { default_branch?: unknown } } | null;
    return event?.repository?.default_branch;
  } catch {
    return undefined;
  }
}

function ofGitLab(env: Env): string | undefined {
  const { CI_COMMIT_REF_PROTECTED: isProtected, CI_COMMIT_BRANCH: branch, CI_COMMIT_TAG: tag } = env;
  if (isProtected === "true") return MAIN;
  if (isProtected !== "false") return undefined;
  if (tag !== undefined) return named("tag", tag);
  // Only pipelines of branches have one: the ref of any other may bear the name of the default branch.
  if (branch === undefined) return NO_SCOPE;
  return branch === env["CI_DEFAULT_BRANCH"] ? MAIN : named("branch", branch);
}

/** A scope for a name of git's, and for no other name. */
function named(kind: "branch" | "tag", name: string): string {
  const scope = `${kind}/${name}`;
  if (isScope(scope) && !STAND_IN.test(name)) return scope;
  const words = name.match(/[A-Za-z0-9]+/g) ?? [];
  const readable = words.length === 0 ? "" : `${words.join("-").slice(0, READABLE)}-`;
  return `${kind}/${readable}${hasher.digest(Buffer.from(name)).slice(0, 16)}`;
}
