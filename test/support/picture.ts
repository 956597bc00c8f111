import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join, relative } from "node:path";

/** The state of all paths below a directory, to detect any change: type, mode, owner, modification time, content. */
export function pictureOf(directory: string): Readonly<Record<string, string>> {
  const picture: [string, string][] = [];
  const look = (path: string): void => {
    const stat = lstatSync(path, { bigint: true });
    const content = stat.isFile() ? readFileSync(path, "latin1") : stat.isSymbolicLink() ? readlinkSync(path) : "";
    picture.push([relative(directory, path), `${stat.mode.toString(8)} ${stat.uid} ${stat.mtimeNs} ${content}`]);
    if (stat.isDirectory()) for (const name of readdirSync(path).sort()) look(join(path, name));
  };
  look(directory);
  return Object.fromEntries(picture);
}
