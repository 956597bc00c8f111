import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { privateVariable } from "../../host/private-variables.ts";
import { askGit } from "../../host/process/git.ts";
import { MANIFEST_NAMES } from "../../manifest/find.ts";
import { defined } from "../../model/defined.ts";
import type { GraphConfig } from "../../model/graph.ts";
import { isWithin, upward, workspacePath } from "../../model/path.ts";
import { type Sharing, sharingOf } from "./sharing.ts";

/** What a workflow needs to know of a project. Paths are relative to the repository; `.` is the repository itself. */
export interface Project {
  /** Absolute: what CI checks out. */
  readonly repository: string;
  /** The manifest's directory, in which inc runs. */
  readonly directory: string;
  /** The manifest's name, where inc would not find it by itself. */
  readonly manifest?: string;
  readonly workspace: string;
  readonly packages: Packages;
  /** Where `node_modules` with inc in it is, once the dependencies are installed. Absent: inc is none of them. */
  readonly inc?: string;
  readonly node: NodeVersion;
  /** The branch that all others go into. */
  readonly branch: string;
  readonly sharing: Sharing;
}

export interface NodeVersion {
  /** The file that names it; absent: there is none. */
  readonly file?: string;
  readonly major: number;
}

/** How dependencies are installed. */
export interface Packages {
  readonly manager: "npm" | "pnpm" | "yarn" | "none";
  readonly directory: string;
  /** Its name; absent: there is none, so that each run may install other versions. */
  readonly lockfile?: string;
  /** Of Yarn: the second generation, which Corepack starts. */
  readonly isModern: boolean;
  /** True where package.json says which version of the manager is used. */
  readonly isPinned: boolean;
}

const LOCKFILES: readonly (readonly [name: string, manager: Packages["manager"]])[] = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["package-lock.json", "npm"],
  ["npm-shrinkwrap.json", "npm"],
];

/** Files that name a version of Node. */
const NODE_FILES = [".node-version", ".nvmrc"];
/** Where none does. */
const NODE = 24;

/** What a repository's main branch is called, the likeliest first. */
const USUAL_BRANCHES = ["main", "master"];

type InRepository = (path: string) => string;

interface PackageJson {
  readonly dependencies?: object;
  readonly devDependencies?: object;
  readonly packageManager?: string;
}

/** Looks at the repository around a manifest. @param manifest Absolute path. @param workspace Absolute path. */
export function projectOf(manifest: string, workspace: string, config: GraphConfig): Project {
  const repository = askGit(["rev-parse", "--show-toplevel"], workspace)?.replace(/\n$/, "") ?? workspace;
  const inRepository = (path: string): string => workspacePath(repository, path);
  const above = [...upward(workspace)].filter((directory) => isWithin(directory, repository));
  const packages = packagesOf(above, inRepository);
  return {
    repository,
    directory: inRepository(dirname(manifest)),
    workspace: inRepository(workspace),
    packages,
    node: nodeOf(above, inRepository),
    branch: mainBranch(repository),
    sharing: sharingOf(config.remote ?? {}, privateVariable("INC_REMOTE") ?? ""),
    ...defined({
      manifest: MANIFEST_NAMES.includes(basename(manifest)) ? undefined : basename(manifest),
      inc: placeOfInc(above, packages, inRepository),
    }),
  };
}

function nodeOf(above: readonly string[], inRepository: InRepository): NodeVersion {
  const file = above.flatMap((at) => NODE_FILES.map((name) => join(at, name))).find((path) => existsSync(path));
  if (file === undefined) return { major: NODE };
  const major = /^\s*v?(\d+)/.exec(readFileSync(file, "utf8"))?.[1];
  return { file: inRepository(file), major: Number(major ?? NODE) };
}

function packagesOf(above: readonly string[], inRepository: InRepository): Packages {
  for (const directory of above)
    for (const [lockfile, manager] of LOCKFILES) {
      if (!existsSync(join(directory, lockfile))) continue;
      const { packageManager } = packageJson(directory);
      const isModern = manager === "yarn" && /^__metadata:/m.test(readFileSync(join(directory, lockfile), "utf8"));
      const isPinned = packageManager?.startsWith(`${manager}@`) === true;
      return { manager, directory: inRepository(directory), lockfile, isModern, isPinned };
    }
  const [workspace = "."] = above;
  const { dependencies, devDependencies } = packageJson(workspace);
  const isEmpty = Object.keys({ ...dependencies, ...devDependencies }).length === 0;
  const directory = inRepository(workspace);
  return { manager: isEmpty ? "none" : "npm", directory, isModern: false, isPinned: false };
}

/** pnpm puts a dependency beside the package.json that names it, the others beside the lockfile. */
function placeOfInc(
  above: readonly string[],
  { manager, directory, isModern }: Packages,
  inRepository: InRepository,
): string | undefined {
  const naming = above.find((at) => {
    const { dependencies, devDependencies } = packageJson(at);
    return "inc-run" in { ...dependencies, ...devDependencies };
  });
  if (naming === undefined || (isModern && !hasNodeModules(above))) return undefined;
  return manager === "pnpm" ? inRepository(naming) : directory;
}

/** False where Yarn installs packages into archives. */
function hasNodeModules(above: readonly string[]): boolean {
  return above.some((at) => {
    const path = join(at, ".yarnrc.yml");
    return existsSync(path) && /^nodeLinker:\s*["']?node-modules\b/m.test(readFileSync(path, "utf8"));
  });
}

function packageJson(directory: string): PackageJson {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

/** As the remote repository says, else the usual one that is there, else the current one. */
function mainBranch(repository: string): string {
  const ask = (...args: readonly string[]): string | undefined => askGit(args, repository)?.trim();
  const head = ask("symbolic-ref", "--short", "refs/remotes/origin/HEAD")?.replace(/^origin\//, "");
  const usual = (name: string): boolean =>
    ["refs/heads", "refs/remotes/origin"].some((at) => ask("rev-parse", "--verify", "-q", `${at}/${name}`));
  return head ?? USUAL_BRANCHES.find(usual) ?? ask("symbolic-ref", "--short", "HEAD") ?? "main";
}
