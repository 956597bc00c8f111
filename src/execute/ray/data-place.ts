import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Result } from "../../model/result.ts";
import type { RayData } from "../../model/task/executor.ts";
import { parseRemote, type RemoteAddress } from "../../store/remote/address.ts";
import { badRemote } from "../../store/remote/troubles.ts";

/** By which way the inputs and outputs of attempts travel, as the driver and workers need it. */
export type DataPlace =
  | { readonly kind: "objects" }
  /** Absolute path, on all machines. */
  | { readonly kind: "shared"; readonly directory: string }
  | {
      readonly kind: "http";
      /** With `/` at the end. */
      readonly url: string;
      /** The header's value; null: none. */
      readonly authorization: string | null;
      /** Certificates that are trusted beside those that a machine trusts, as PEM; null: none. */
      readonly authorities: string | null;
    };

/** Where the shared cache is, as far as it is known. */
export interface NamedCache {
  /** As written; it may hold a password. Undefined: none is named. */
  readonly address: string | undefined;
  readonly token: string | undefined;
}

/** The place of a way: what does not travel by Ray's object store lies in the shared cache. */
export function dataPlace(data: RayData, { address, token }: NamedCache): Result<DataPlace> {
  if (data === "objects") return { ok: true, value: { kind: "objects" } };
  if (address === undefined) return { ok: false, diagnostics: [noPlace(data, "none is named")] };
  const parsed = parseRemote(address, token);
  if (typeof parsed === "string") return { ok: false, diagnostics: [badRemote(address, parsed)] };
  const place = placeIn(parsed, data);
  return place === undefined
    ? { ok: false, diagnostics: [noPlace(data, `${parsed.text} is none`)] }
    : { ok: true, value: place };
}

function placeIn({ kind, url, authorization }: RemoteAddress, data: RayData): DataPlace | undefined {
  if (data === "shared") return kind === "file" ? { kind: data, directory: fileURLToPath(url) } : undefined;
  if (data !== "http" || kind !== "http") return undefined;
  return { kind: data, url: url.href, authorization: authorization ?? null, authorities: authorities() };
}

/** What Node trusts for this process, so that workers trust it, too. Node itself warns of a file that cannot be read. */
function authorities(): string | null {
  const path = process.env["NODE_EXTRA_CA_CERTS"];
  if (path === undefined || path === "") return null;
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

const KINDS = {
  http: { what: "behind HTTP", example: "https://cache.example.com/inc/" },
  shared: { what: "that is a directory which all machines have", example: "file:///mnt/shared/inc" },
} as const;

function noPlace(data: Exclude<RayData, "objects">, why: string): Diagnostic {
  const { what, example } = KINDS[data];
  return {
    code: "INC1073",
    severity: "error",
    message: `--ray-data ${data} needs a shared cache ${what}, and ${why}`,
    help: [
      `name one: --remote ${example}, INC_REMOTE, or config({ remote: "${example}" })`,
      "or have Ray carry the data: --ray-data objects",
    ],
  };
}
