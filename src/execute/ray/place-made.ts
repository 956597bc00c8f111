import { closeSync, constants, linkSync, openSync, readSync, rmSync, statSync, symlinkSync } from "node:fs";
import { Contained } from "../../host/files/contained.ts";
import { realFiles } from "../../host/files/files.ts";
import { hasher } from "../../host/files/hash.ts";
import { writeAll } from "../../host/files/write-all.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Digest } from "../../model/digest.ts";
import type { Task } from "../../model/graph.ts";
import { isWithin } from "../../model/path.ts";
import type { Made, MadeItem } from "./protocol.ts";

const WRITTEN = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
const PIECE = 1024 * 1024;

/** A large file as the cluster and as inc name it. */
export interface NamedContent {
  readonly digest: Digest;
  readonly sha256: string;
  readonly size: number;
}

/** Puts what a worker made where it belongs in the workspace. Returns the names of the large files. */
export function placeMade(made: Made, task: Task, root: string): readonly NamedContent[] {
  const tree = new Contained(root);
  const named: NamedContent[] = [];
  const pack = made.pack === null ? undefined : openSync(made.pack, "r");
  // Outputs with the same content came as one file: the last one gets it.
  const last = new Map(made.items.map(({ path, file }) => [file, path]));
  try {
    // Directories come before what is in them.
    for (const item of made.items) {
      // Only what was asked for: an answer has no other way into the workspace.
      if (!task.outputs.some(({ path }) => isWithin(item.path, path))) continue;
      if (item.type === "directory") tree.makeDirectory(item.path);
      else if (item.type === "symlink") tree.at(item.path, (place) => symlinkSync(item.text ?? "", place), true);
      else if (item.file === undefined) placeSmall(item, pack, tree);
      else
        named.push({
          ...placeLarge(item.file, item, last.get(item.file) === item.path, tree),
          sha256: item.sha256 ?? "",
        });
    }
  } finally {
    if (pack !== undefined) closeSync(pack);
    for (const file of fetchedFiles(made)) rmSync(file, { force: true });
  }
  return named;
}

function fetchedFiles({ items, pack }: Made): ReadonlySet<string> {
  return new Set([...items.flatMap(({ file }) => file ?? []), ...(pack === null ? [] : [pack])]);
}

function placeSmall(item: MadeItem, pack: number | undefined, tree: Contained): void {
  const file = create(item, tree);
  try {
    writeAll(file, item.data === undefined ? readPacked(item, pack) : Buffer.from(item.data, "base64"));
  } finally {
    closeSync(file);
    setMode(item, tree);
  }
}

/** @param isFree The file that came is wanted nowhere else: it gets another name, unless that is on another file system. */
function placeLarge(came: string, item: MadeItem, isFree: boolean, tree: Contained): Omit<NamedContent, "sha256"> {
  // Before it has a name that others know: the digest is of the bytes that the driver has verified.
  const named = isFree ? { digest: realFiles.digest(came), size: statSync(came).size } : undefined;
  if (named !== undefined && isLinked(came, item, tree)) {
    setMode(item, tree);
    return named;
  }
  const file = create(item, tree);
  try {
    return copy(came, file);
  } finally {
    closeSync(file);
    setMode(item, tree);
  }
}

function isLinked(came: string, { path }: MadeItem, tree: Contained): boolean {
  try {
    tree.at(path, (place) => linkSync(came, place), true);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EXDEV" || code === "EPERM" || code === "ENOTSUP" || code === "ENOSYS") return false;
    throw error;
  }
}

function create({ path }: MadeItem, tree: Contained): number {
  return tree.at(path, (place) => openSync(place, WRITTEN | constants.O_NOFOLLOW, 0o600), true);
}

function setMode({ path, mode = 0o644 }: MadeItem, tree: Contained): void {
  tree.chmod(path, mode & 0o777);
}

function readPacked({ path, offset, size = 0 }: MadeItem, pack: number | undefined): Buffer {
  const bytes = Buffer.alloc(size);
  const length = pack === undefined ? 0 : readSync(pack, bytes, 0, size, offset ?? 0);
  if (length !== size) throw new Error(`the worker did not send "${path}"`);
  return bytes;
}

/** Copies a file and digests what it copies. */
function copy(source: string, target: number): { readonly digest: Digest; readonly size: number } {
  const hash = hasher.incremental();
  const buffer = Buffer.allocUnsafe(PIECE);
  const file = openSync(source, "r");
  let digest: Digest;
  let size = 0;
  try {
    for (let length = readSync(file, buffer); length > 0; length = readSync(file, buffer)) {
      const bytes = buffer.subarray(0, length);
      hash.update(bytes);
      writeAll(target, bytes);
      size += length;
    }
  } finally {
    closeSync(file);
    // Ends the hasher, which may hold memory that is not collected.
    digest = hash.digest();
  }
  return { digest, size };
}

const PROBLEMS = {
  special: {
    what: "which is neither a file, a directory nor a symlink",
    help: "remove it at the end of the command, or write it outside the output",
  },
  unreadable: { what: "which cannot be read", help: "let the command leave it readable: chmod -R u+rwX" },
  foreign: { what: "whose name is not UTF-8", help: "let the command use names in UTF-8" },
} as const;

/** What keeps outputs from being taken from a worker. */
export function madeProblems({ problems }: Made, task: Task): readonly Diagnostic[] {
  return problems.map(({ output, path, kind }) => ({
    code: "INC4303",
    severity: "error",
    message: `task "${task.id}" succeeded, but its output "${output}" ${path === output ? "is something" : `contains "${path}",`} ${PROBLEMS[kind].what}`,
    location: task.outputs.find((each) => each.path === output)?.location ?? task.location,
    help: [PROBLEMS[kind].help],
  }));
}
