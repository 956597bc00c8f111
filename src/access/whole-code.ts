import { join, relative } from "node:path";
import { canonical } from "../fingerprint/canonical.ts";
import type { CodeOf } from "../graph/actions.ts";
import type { ManifestReads } from "../manifest/load/recorder.ts";
import { isPackage } from "../manifest/module-path.ts";
import type { Digest } from "../model/digest.ts";
import { compareBytes } from "../model/order.ts";
import type { FunctionCode } from "../model/task/action.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { moduleDigest, variableDigests } from "./manifest-reads.ts";

/** What says which packages are installed, beside the workspace's package.json. */
const LOCKFILES = ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"] as const;

/** The code of the functions in one evaluation, and what it was found from. */
export interface FunctionCodes {
  readonly codeOf: CodeOf;
  /** Absolute paths of the files that it was found from, and of those whose absence counts. Complete when the graph is built. */
  readonly read: readonly string[];
}

/**
 * The code of functions, taken whole: every module of the manifest, everything that evaluating it read, and the lockfile. So no
 * edit is missed, and many run functions that they do not concern.
 */
export function wholeCode(workspace: Workspace, reads: () => ManifestReads): FunctionCodes {
  const read: string[] = [];
  let whole: FunctionCode | undefined;
  let functions = 0;
  const codeOf = (): FunctionCode => {
    if (read.length === 0) read.push(...LOCKFILES.map((name) => join(workspace.root, name)));
    whole ??= codeOfAll(workspace, reads(), read);
    functions += 1;
    // Two functions of one text may have captured other values.
    return { ...whole, digest: workspace.hasher.digest(canonical([whole.digest, functions])) };
  };
  return { codeOf, read };
}

function codeOfAll(
  workspace: Workspace,
  { modules, packages, listings, env, params }: ManifestReads,
  installed: readonly string[],
): FunctionCode {
  const local = modules.filter((path) => !isPackage(path)).sort(compareBytes);
  const digestOf = (path: string): readonly [string, Digest | null] => [
    relative(workspace.root, path),
    moduleDigest(workspace, path),
  ];
  const digest = workspace.hasher.digest(
    canonical({
      files: [...local, ...packages, ...installed].map(digestOf),
      listings: listings.map(({ set, directories, result }) => [set.label, directories, result]),
      env: variableDigests(workspace, env),
      params: params.map(({ name, value }) => [name, value]),
    }),
  );
  return { digest, modules: local.map((path) => relative(workspace.root, path)) };
}
