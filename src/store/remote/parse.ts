import { dirname, join } from "node:path";
import { isObject, type JsonObject } from "../../content/json.ts";
import { parseListing } from "../../files/listing.ts";
import { defined } from "../../model/defined.ts";
import type { Digest } from "../../model/digest.ts";
import type { Artifact } from "../../model/entry.ts";
import type { Identity, Listing } from "../../model/identity.ts";
import { ancestors, isInnerPath, isReservedPath, leadsOut } from "../../model/path.ts";
import type { Permissions } from "../../model/permissions.ts";
import { RemoteError } from "./backends/backend.ts";

/** The longest text of a field, in characters: names of machines and tasks, links. */
const LONGEST_TEXT = 4096;

/** Throws: what a record says cannot be used. @param what Follows "its record". */
export function refuse(what: string): never {
  throw new RemoteError("damaged", `gave a record that ${what}`);
}

/** The latest moment that a `Date` holds in each time zone, in milliseconds. */
const LATEST = 8.64e15 - 24 * 3600 * 1000;

/** Reads fields of a record: what is not as it should be is refused, what is not asked for is left out. */
export const field = {
  text(of: JsonObject, name: string): string {
    const value = of[name];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a text is printed, and must not steer a terminal.
    if (typeof value === "string" && value.length <= LONGEST_TEXT && !/[\u0000-\u001f\u007f-\u009f]/.test(value))
      return value;
    return refuse(`has no usable "${name}"`);
  },
  optionalText: (of: JsonObject, name: string): string | undefined =>
    of[name] === undefined ? undefined : field.text(of, name),
  count(of: JsonObject, name: string): number {
    const value = of[name];
    return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
      ? value
      : refuse(`has no usable "${name}"`);
  },
  /** Milliseconds, with fractions: a moment or a length. */
  time(of: JsonObject, name: string): number {
    const value = of[name];
    return typeof value === "number" && value >= 0 && value <= LATEST ? value : refuse(`has no usable "${name}"`);
  },
  digest(of: JsonObject, name: string): Digest {
    const value = of[name];
    return isDigest(value) ? value : refuse(`has no usable "${name}"`);
  },
  object(of: JsonObject, name: string): JsonObject {
    const value = of[name];
    return isObject(value) ? value : refuse(`has no usable "${name}"`);
  },
  list(of: JsonObject, name: string): readonly unknown[] {
    const value = of[name];
    return Array.isArray(value) ? value : refuse(`has no usable "${name}"`);
  },
};

export function isDigest(value: unknown): value is Digest {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

/** The outputs of a result, each checked as a path of a manifest is, and all together. */
export function parseArtifacts(list: readonly unknown[]): readonly Artifact[] {
  const artifacts = list.map(parseArtifact);
  checkPlaces(artifacts.map(({ path }) => path));
  return artifacts;
}

function parseArtifact(value: unknown): Artifact {
  if (!isObject(value)) return refuse("has an output of no kind");
  const path = innerPath(value["path"]);
  const identity = parseIdentity(field.object(value, "identity"), path);
  const permissions = value["permissions"] === undefined ? undefined : parsePermissions(value["permissions"]);
  const name = field.text(value, "name");
  return { name, path, identity, size: field.count(value, "size"), ...defined({ permissions }) };
}

function parseIdentity(value: JsonObject, path: string): Identity {
  if (value["type"] === "symlink") return { type: "symlink", text: linkText(value["text"], path) };
  const digest = field.digest(value, "digest");
  if (value["type"] === "directory") return { type: "directory", digest };
  if (value["type"] === "file" && typeof value["executable"] === "boolean")
    return { type: "file", digest, executable: value["executable"] };
  return refuse("has an output of no kind");
}

/** Bits beyond rwx, such as setuid, are none that inc records. */
function parsePermissions(value: unknown): Permissions {
  if (!isObject(value)) return refuse("has no usable permissions");
  const bits = (bit: unknown): number =>
    typeof bit === "number" && Number.isInteger(bit) && bit >= 0 && bit <= 0o777
      ? bit
      : refuse("has no usable permissions");
  const optional = (bit: unknown): number | undefined => (bit === undefined ? undefined : bits(bit));
  const { file, executable, directory, others } = value;
  const list = others === undefined ? undefined : field.list(value, "others").map(parseOther);
  return defined({
    file: optional(file),
    executable: optional(executable),
    directory: optional(directory),
    others: list?.map(([path, bit]) => [path, bits(bit)] as const),
  });
}

function parseOther(value: unknown): readonly [path: string, bit: unknown] {
  if (!Array.isArray(value)) return refuse("has no usable permissions");
  // The directory itself is the empty path.
  return [value[0] === "" ? "" : innerPath(value[0]), value[1]];
}

/**
 * The listing of a directory, checked as outputs are; its files must add up to what the record says.
 * @param most Entries that it may have.
 */
export function checkListing(
  bytes: Uint8Array,
  { path, size }: Pick<Artifact, "path" | "size">,
  most: number,
): Listing {
  const listing = readListing(bytes);
  if (listing.length > most) refuse("lists too many files");
  checkPlaces(listing.map((entry) => innerPath(entry.path)));
  let sum = 0;
  for (const entry of listing) {
    if (entry.type === "symlink") linkText(entry.text, join(path, entry.path));
    if (entry.type !== "file") continue;
    if (!isDigest(entry.digest) || !Number.isSafeInteger(entry.size) || entry.size < 0)
      return refuse(`lists "${entry.path}" with no usable size or digest`);
    sum += entry.size;
  }
  return sum === size ? listing : refuse(`says that "${path}" has ${size} bytes, but its files have ${sum}`);
}

function readListing(bytes: Uint8Array): Listing {
  try {
    return parseListing(bytes);
  } catch {
    return refuse("names a directory that has no usable listing");
  }
}

/** Refuses a path that occurs twice, or in one that is no directory. */
function checkPlaces(paths: readonly string[]): void {
  const places = new Set(paths);
  if (places.size < paths.length) refuse("names a path twice");
  for (const path of paths)
    for (const above of ancestors(path)) if (places.has(above)) refuse(`names "${path}" in "${above}"`);
}

function innerPath(path: unknown): string {
  if (isInnerPath(path) && !isReservedPath(path)) return path;
  return refuse(`names "${String(path).slice(0, 100)}", where no output can be`);
}

/**
 * A link out of the workspace means something else on each machine. `..` behind a name may lead out as well, as that name may be
 * another link, to a directory higher up.
 */
function linkText(text: unknown, path: string): string {
  if (typeof text !== "string" || text === "" || text.length > LONGEST_TEXT || text.includes("\0"))
    return refuse(`has no usable link at "${path}"`);
  const target = text.startsWith("/") ? text : join(dirname(path), text);
  return leadsOut(target) || turnsBack(text) ? refuse(`has a link at "${path}" that leads out of the workspace`) : text;
}

function turnsBack(text: string): boolean {
  const steps = text.split("/").filter((step) => step !== "" && step !== ".");
  const name = steps.findIndex((step) => step !== "..");
  return name >= 0 && steps.lastIndexOf("..") > name;
}
