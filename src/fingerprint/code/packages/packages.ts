import { dirname, join } from "node:path";
import type { Digest } from "../../../model/digest.ts";
import { upward } from "../../../model/path.ts";
import { canonical } from "../../canonical.ts";
import type { CodePackage, CodeSite } from "../code-slice.ts";
import { type Integrities, LOCKFILES } from "./lockfiles.ts";
import { patchesOf } from "./patches.ts";
import { digestOfTree } from "./tree.ts";

/** An installed package with all that it depends on. */
export interface PackageClosure {
  readonly digest: Digest;
  readonly packages: readonly CodePackage[];
  readonly reads: readonly string[];
  readonly absences: readonly string[];
  readonly patterns: readonly string[];
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly sideEffects?: boolean | readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The lockfile that says what was installed into a directory. */
interface Lock {
  readonly directory: string;
  readonly path: string;
  readonly integrities: Integrities;
}

/** What one package is, without what it depends on. */
interface Installed extends CodePackage {
  readonly directory: string;
  /** Of its content, as far as the lockfile tells it, and of its patches. */
  readonly content: readonly string[];
  readonly dependencies: readonly string[];
  readonly reads: readonly string[];
  readonly absences: readonly string[];
  readonly patterns: readonly string[];
}

/** The installed packages, each examined once. */
export class Packages {
  readonly #site: CodeSite;
  readonly #installed = new Map<string, Installed>();
  readonly #closures = new Map<string, PackageClosure>();
  readonly #locks = new Map<string, Lock | undefined>();

  constructor(site: CodeSite) {
    this.#site = site;
  }

  /** True when a package says that loading its modules does nothing but define what they export. */
  hasNoSideEffects(directory: string): boolean {
    return this.#manifest(directory).sideEffects === false;
  }

  closure(directory: string): PackageClosure {
    const known = this.#closures.get(directory) ?? this.#close(directory);
    this.#closures.set(directory, known);
    return known;
  }

  #close(start: string): PackageClosure {
    const reached = new Map<string, Installed>();
    const queue = [start];
    for (let directory = queue.pop(); directory !== undefined; directory = queue.pop()) {
      if (reached.has(directory)) continue;
      const installed = this.#examine(directory);
      reached.set(directory, installed);
      queue.push(...installed.dependencies);
    }
    const all = [...reached.values()];
    // By what they are, not by where: the same versions may be laid out otherwise.
    const texts = all
      .map(({ name, version, content }) => canonical([name, version, content]).toString("latin1"))
      .sort();
    return {
      digest: this.#site.hasher.digest(canonical([this.#examine(start).name, [...new Set(texts)]])),
      packages: all.map(({ name, version }) => ({ name, version })),
      reads: all.flatMap(({ reads }) => reads),
      absences: all.flatMap(({ absences }) => absences),
      patterns: [...new Set(all.flatMap(({ patterns }) => patterns))],
    };
  }

  #examine(directory: string): Installed {
    const known = this.#installed.get(directory);
    if (known !== undefined) return known;
    const manifest = this.#manifest(directory);
    const { name = "", version = "" } = manifest;
    const lock = this.#lockAbove(directory);
    const integrity = lock?.integrities.get(`${name}@${version}`);
    const tree = integrity === undefined ? digestOfTree(directory, this.#site) : undefined;
    const patches = patchesOf(name, lock?.directory ?? this.#site.root, this.#site);
    const found = this.#dependencies(directory, manifest);
    const installed: Installed = {
      name,
      version,
      directory,
      content: [integrity ?? (tree as { digest: string }).digest, ...patches.digests],
      dependencies: found.directories,
      reads: [join(directory, "package.json"), ...(tree?.files ?? []), ...(lock ? [lock.path] : []), ...patches.reads],
      absences: found.absences,
      patterns: [patches.pattern, ...(tree?.patterns ?? [])],
    };
    this.#installed.set(directory, installed);
    return installed;
  }

  /** Where its dependencies are installed. One that is not there is optional, or fails where it is imported. */
  #dependencies(directory: string, manifest: Manifest): { directories: string[]; absences: string[] } {
    const { dependencies, optionalDependencies, peerDependencies } = manifest;
    const names = new Set(Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }));
    const directories: string[] = [];
    const absences: string[] = [];
    for (const name of names) {
      for (const above of upward(directory)) {
        if (above.endsWith("/node_modules")) continue;
        const place = join(above, "node_modules", name);
        const real = this.#site.files.realpath(place);
        if (real !== undefined) {
          directories.push(real);
          break;
        }
        absences.push(join(place, "package.json"));
      }
    }
    return { directories, absences };
  }

  #manifest(directory: string): Manifest {
    const bytes = this.#site.files.read(join(directory, "package.json"));
    try {
      return bytes === undefined ? {} : (JSON.parse(bytes.toString("utf8")) as Manifest);
    } catch {
      return {};
    }
  }

  /** The nearest lockfile above the outermost node_modules that a package is in. */
  #lockAbove(directory: string): Lock | undefined {
    const outermost = directory.slice(0, directory.indexOf("/node_modules/"));
    for (const above of upward(outermost)) {
      const lock = this.#lockIn(above);
      if (lock !== undefined || above === this.#site.root || above === dirname(above)) return lock;
    }
    return undefined;
  }

  #lockIn(directory: string): Lock | undefined {
    if (this.#locks.has(directory)) return this.#locks.get(directory);
    const lock = this.#readLock(directory);
    this.#locks.set(directory, lock);
    return lock;
  }

  #readLock(directory: string): Lock | undefined {
    for (const [name, read] of LOCKFILES) {
      const path = join(directory, name);
      const bytes = this.#site.files.read(path);
      if (bytes === undefined) continue;
      try {
        return { directory, path, integrities: read(bytes.toString("utf8")) };
      } catch {
        // Without a lockfile that can be read, the files of the packages count.
        return { directory, path, integrities: new Map() };
      }
    }
    return undefined;
  }
}
