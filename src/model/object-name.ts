/**
 * Names of objects, as people type them and as the store has them. A file or directory is its path, relative to the
 * workspace or absolute; everything else has a prefix. A path that begins like a prefix is written `./param:x`.
 */
export type ObjectKind = "path" | "object" | "param" | "env" | "tool";

const PREFIXED = /^(object|param|env|tool):/;

export function pathName(path: string): string {
  return PREFIXED.test(path) ? `./${path}` : path;
}

export function objectName(kind: Exclude<ObjectKind, "path">, id: string): string {
  return `${kind}:${id}`;
}

export function parseName(name: string): { readonly kind: ObjectKind; readonly id: string } {
  const prefix = PREFIXED.exec(name)?.[1];
  if (prefix !== undefined) return { kind: prefix as ObjectKind, id: name.slice(prefix.length + 1) };
  return { kind: "path", id: name.startsWith("./") && PREFIXED.test(name.slice(2)) ? name.slice(2) : name };
}
