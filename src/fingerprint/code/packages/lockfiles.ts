import { parseYaml } from "./yaml.ts";

/** Integrities by name@version, as a lockfile has them. */
export type Integrities = ReadonlyMap<string, string>;

/** The lockfiles of package managers, and how each is read. The first that is there counts. */
export const LOCKFILES: readonly (readonly [name: string, read: (text: string) => Integrities])[] = [
  ["package-lock.json", npm],
  ["npm-shrinkwrap.json", npm],
  ["pnpm-lock.yaml", pnpm],
  ["yarn.lock", yarn],
  ["bun.lock", bun],
];

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly name?: string;
}

function npm(text: string): Integrities {
  const { packages = {} } = JSON.parse(text) as { packages?: Record<string, Locked> };
  return new Map(
    Object.entries(packages).flatMap(([path, { name, version, integrity }]) => {
      const called = name ?? path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
      return version === undefined || integrity === undefined ? [] : [[`${called}@${version}`, integrity] as const];
    }),
  );
}

function pnpm(text: string): Integrities {
  const { packages = {} } = parseYaml(text) as { packages?: Record<string, { resolution?: { integrity?: string } }> };
  return new Map(
    Object.entries(packages).flatMap(([key, { resolution }]) => {
      // "/name@1.0.0(peer@2.0.0)" before version 9 of pnpm, "name@1.0.0" since.
      const called = key.replace(/^\//, "").replace(/\(.*$/, "");
      return resolution?.integrity === undefined ? [] : [[called, resolution.integrity] as const];
    }),
  );
}

function yarn(text: string): Integrities {
  if (!text.includes("# yarn lockfile v1")) return berry(text);
  const found = new Map<string, string>();
  for (const entry of text.split(/\n(?=\S)/)) {
    const name = /^"?((?:@[^/]+\/)?[^@"]+)@/.exec(entry)?.[1];
    const version = /^ {2}version "([^"]+)"/m.exec(entry)?.[1];
    const integrity = /^ {2}integrity (\S+)/m.exec(entry)?.[1];
    if (name !== undefined && version !== undefined && integrity !== undefined)
      found.set(`${name}@${version}`, integrity);
  }
  return found;
}

/** Yarn 2 and later. A patched package has an entry of its own, with the checksum of what the patch made of it. */
function berry(text: string): Integrities {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(parseYaml(text) as Record<string, Locked & { checksum?: string }>)) {
    const name = /^((?:@[^/]+\/)?[^@]+)@/.exec(key)?.[1];
    if (name === undefined || value.version === undefined || value.checksum === undefined) continue;
    const called = `${name}@${value.version}`;
    found.set(
      called,
      [found.get(called), value.checksum]
        .filter((one) => one !== undefined)
        .sort()
        .join(" "),
    );
  }
  return found;
}

function bun(text: string): Integrities {
  // JSON with commas after last items, which YAML allows.
  const { packages = {} } = parseYaml(text) as { packages?: Record<string, readonly unknown[]> };
  return new Map(
    Object.values(packages).flatMap(([called, ...rest]) => {
      const integrity = rest.at(-1);
      return typeof called === "string" && typeof integrity === "string" && integrity.startsWith("sha")
        ? [[called, integrity] as const]
        : [];
    }),
  );
}
