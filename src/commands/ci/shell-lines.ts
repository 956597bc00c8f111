import { relative } from "node:path";
import { quoteWord } from "../../graph/shell-text.ts";
import { VERSION } from "../../host/inc-version.ts";
import type { Packages, Project } from "./project.ts";

/** Where inc is installed if it is none of the project's dependencies: no set of files matches anything in there. */
const OWN_PLACE = "node_modules/.inc-run";

/** A command of a job. */
export interface Line {
  readonly command: string;
  /** Relative to the repository. */
  readonly directory: string;
}

/** The commands that bring a project's dependencies, and inc. @param scripts False: packages run no code of theirs. */
export function installLines({ packages, inc }: Project, scripts: boolean): readonly Line[] {
  const dependencies = packages.manager === "none" ? [] : [{ command: install(packages, scripts), ...packages }];
  const own = `npm install --no-save --prefix ${OWN_PLACE} inc-run@${VERSION}`;
  return [
    ...dependencies.map(({ command, directory }) => ({ command, directory })),
    ...(inc === undefined ? [{ command: own, directory: "." }] : []),
  ];
}

function install({ manager, lockfile, isModern }: Packages, scripts: boolean): string {
  if (isModern) return `yarn install --immutable${scripts ? "" : " --mode=skip-build"}`;
  const command = { npm: "npm ci", pnpm: "pnpm install --frozen-lockfile", yarn: "yarn install --frozen-lockfile" };
  const words = lockfile === undefined || manager === "none" ? "npm install --no-package-lock" : command[manager];
  return `${words}${scripts ? "" : " --ignore-scripts"}`;
}

/** The directory of the installed package, relative to the repository. */
export function packageOfInc({ inc }: Project): string {
  const place = inc ?? OWN_PLACE;
  return place === "." ? "node_modules/inc-run" : `${place}/node_modules/inc-run`;
}

/** A command of inc, in the manifest's directory. */
export function incCommand({ packages, inc, manifest, directory }: Project, words: readonly string[]): string {
  const by = { npm: "npx inc", pnpm: "pnpm exec inc", yarn: "yarn inc", none: "npx inc" };
  const own = relative(directory, `${OWN_PLACE}/node_modules/.bin/inc`);
  const [command = "", ...rest] = words;
  const named = manifest === undefined ? [] : [quoteWord(`./${manifest}`)];
  return [inc === undefined ? own : by[packages.manager], command, ...named, ...rest].join(" ");
}
