import { lstatSync, readlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { askGitLater } from "../../host/process/git.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { overlap, workspacePath } from "../../model/path.ts";
import type { Result } from "../../model/result.ts";

/** What differs from a commit, as far as git knows. */
export type Changes =
  | {
      readonly kind: "known";
      /** As it was named: `origin/main`. */
      readonly base: string;
      /** Its last common commit with HEAD, abbreviated. */
      readonly commit: string;
      /** How many files git says differ. */
      readonly files: number;
      /** As the workspace names them, with the symlinks that lead to some. Ignored files are not among them. */
      readonly paths: readonly string[];
      /** Those that are or were symlinks or repositories of their own: anything behind them may have changed. */
      readonly ways: ReadonlySet<string>;
    }
  /** What has changed cannot be determined: everything counts as changed. */
  | { readonly kind: "unknown"; readonly warning: Diagnostic };

/** Branches that a repository's others begin from, the likeliest first. */
const USUAL_BASES = ["origin/HEAD", "origin/main", "origin/master", "main", "master"];
/** How git notes the modes of symlinks and of repositories in a repository. */
const WAY_MODES = ["120000", "160000"];

/**
 * What has changed in a repository since a branch left its base: in commits, in the index, in the files, and by new files.
 * @param base A branch, tag or commit; undefined: what the CI system says, or else the repository's main branch.
 * @param workspace Absolute.
 */
export async function changesSince(base: string | undefined, workspace: string): Promise<Result<Changes>> {
  const git: Repository["git"] = (...args) => askGitLater(args, workspace);
  const failed = (diagnostic: Diagnostic): Result<Changes> => ({ ok: false, diagnostics: [diagnostic] });
  const top = await git("rev-parse", "--show-toplevel");
  if (top === undefined) return failed(noRepository(workspace));
  if ((await git("rev-parse", "--is-shallow-repository"))?.trim() === "true")
    return { ok: true, value: { kind: "unknown", warning: isShallow() } };
  const names = base === undefined ? basesOf(process.env) : [base];
  for (const name of names) {
    const found = await git("rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`);
    if (found === undefined) continue;
    const common = (await git("merge-base", found.trim(), "HEAD"))?.trim();
    if (common === undefined) return { ok: true, value: { kind: "unknown", warning: unrelated(name) } };
    const changed = await pathsSince(common, { git, top: trimEnd(top), workspace });
    return { ok: true, value: { kind: "known", base: name, commit: common.slice(0, 10), ...changed } };
  }
  return failed(unknownBase(names, base !== undefined));
}

/** Where the branch that is checked comes from: as GitHub Actions and GitLab say, else the repository's main branch. */
function basesOf(env: NodeJS.ProcessEnv): readonly string[] {
  const { GITHUB_BASE_REF: github, CI_MERGE_REQUEST_DIFF_BASE_SHA: gitlab } = env;
  if (github !== undefined && github !== "") return [`origin/${github}`];
  return gitlab !== undefined && gitlab !== "" ? [gitlab] : USUAL_BASES;
}

interface Repository {
  git(...args: readonly string[]): Promise<string | undefined>;
  /** Absolute. */
  readonly top: string;
  readonly workspace: string;
}

type Changed = Pick<Changes & { readonly kind: "known" }, "files" | "paths" | "ways">;

/** Compares without reading the files: filters of the repository's settings would be programs to start. */
async function pathsSince(commit: string, { git, top, workspace }: Repository): Promise<Changed> {
  const prefix = trimEnd((await git("rev-parse", "--show-prefix")) ?? "");
  const inWorkspace = (path: string): string => (path.startsWith(prefix) ? path.slice(prefix.length) : join(top, path));
  const differing = await git("diff-index", "--raw", "-z", "--no-renames", "--end-of-options", commit);
  const untracked = await git("-C", top, "ls-files", "--others", "--exclude-standard", "-z");
  const listed = await git("-C", top, "ls-files", "--stage", "-z");
  if (differing === undefined || untracked === undefined || listed === undefined)
    throw new Error("git knew a commit before, and now cannot compare with it");
  const paths = new Set<string>();
  const ways = new Set<string>();
  const note = (path: string, isWay: boolean): void => {
    paths.add(path);
    if (isWay || isWayNow(resolve(workspace, path))) ways.add(path);
  };
  // `:120000 000000 <digest> <digest> D`, then the path.
  const raw = texts(differing);
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [before = "", after = ""] = (raw[i] as string).slice(1).split(" ");
    note(inWorkspace(raw[i + 1] as string), WAY_MODES.includes(before) || WAY_MODES.includes(after));
  }
  // A repository in this one is listed with a slash behind it.
  for (const path of texts(untracked)) note(inWorkspace(path.replace(/\/$/, "")), path.endsWith("/"));
  const links = texts(listed).flatMap((line) =>
    line.startsWith("120000 ") ? [line.slice(line.indexOf("\t") + 1)] : [],
  );
  const files = paths.size;
  for (const link of leadingTo(paths, links.map(inWorkspace), workspace)) note(link, true);
  return { files, paths: [...paths], ways };
}

/** The symlinks that lead to one of the paths, over however many steps. */
function leadingTo(paths: ReadonlySet<string>, links: readonly string[], workspace: string): readonly string[] {
  const reached = [...paths];
  const open = new Map(links.map((link) => [link, targetOf(link, workspace)]));
  const found: string[] = [];
  for (let path = reached.pop(); path !== undefined; path = reached.pop())
    for (const [link, target] of open) {
      if (target !== undefined && !overlap(path, target)) continue;
      open.delete(link);
      found.push(link);
      reached.push(link);
    }
  return found;
}

function isWayNow(place: string): boolean {
  const stat = lstatSync(place, { throwIfNoEntry: false });
  return stat?.isSymbolicLink() === true || stat?.isDirectory() === true;
}

/** Undefined: it is not there any more. */
function targetOf(link: string, workspace: string): string | undefined {
  const place = resolve(workspace, link);
  try {
    return workspacePath(workspace, resolve(dirname(place), readlinkSync(place)));
  } catch {
    return undefined;
  }
}

function texts(listed: string): readonly string[] {
  return listed.split("\0").filter((text) => text !== "");
}

function trimEnd(line: string): string {
  return line.replace(/\n$/, "");
}

function noRepository(workspace: string): Diagnostic {
  return {
    code: "INC1042",
    severity: "error",
    message: `--affected compares with a commit, and git knows no repository at "${workspace}"`,
    help: ["run it in a git repository with git installed, or leave --affected out"],
  };
}

function unknownBase(names: readonly string[], isNamed: boolean): Diagnostic {
  const [first] = names;
  return {
    code: "INC1042",
    severity: "error",
    message:
      names.length === 1
        ? `there is no commit "${first}" in this repository to compare with`
        : `--affected found no branch to compare with: there is none of ${names.join(", ")}`,
    help: [isNamed ? "git fetch it, or name another one: --base REF" : "git fetch it, or name one: --base REF"],
  };
}

function isShallow(): Diagnostic {
  return {
    code: "INC1043",
    severity: "warning",
    message: "this is a shallow clone, which does not show what has changed: all tasks count as affected",
    help: [
      "fetch the whole history: fetch-depth: 0 of actions/checkout, GIT_DEPTH: 0 of GitLab, git fetch --unshallow",
    ],
  };
}

function unrelated(name: string): Diagnostic {
  return {
    code: "INC1043",
    severity: "warning",
    message: `"${name}" and this branch have no common commit: all tasks count as affected`,
    help: ["name the branch that this one began from: --base REF"],
  };
}
