import { createRequire } from "node:module";
import type { Digest } from "../../model/digest.ts";
import type { Hasher } from "./host.ts";

/**
 * BLAKE3-256 (O'Connor, Aumasson, Neves, Wilcox-O'Hearn, 2020) from one of two packages that give the same digests.
 * Both are loaded on first use only: a run that finds nothing changed digests nothing.
 */
const load = createRequire(import.meta.url);

/** blake3-wasm gives wrong digests, silently, for one update above 1 MiB. */
const PORTABLE_UPDATE = 65_536;

interface Incremental {
  update(bytes: Uint8Array): void;
  digest(): Digest;
}

/** Prebuilt native code; throws where no binary for this platform is installed. */
export function nativeHasher(): Hasher {
  const { Blake3Hasher, blake3 } = load("@napi-rs/blake-hash") as typeof import("@napi-rs/blake-hash");
  return {
    digest: (bytes) => blake3(bytes).toString("hex") as Digest,
    incremental(): Incremental {
      const hasher = new Blake3Hasher();
      return {
        update: (bytes) => {
          hasher.update(bytes);
        },
        digest: () => hasher.digest("hex") as Digest,
      };
    },
  };
}

/** WebAssembly: runs wherever Node runs. */
export function portableHasher(): Hasher {
  const { createHash } = load("blake3-wasm") as typeof import("blake3-wasm");
  const incremental = (): Incremental => {
    const hash = createHash();
    return {
      update(bytes) {
        for (let at = 0; at < bytes.length; at += PORTABLE_UPDATE)
          hash.update(asBuffer(bytes.subarray(at, at + PORTABLE_UPDATE)));
      },
      // Finalizing frees the memory of a hasher, which the collector cannot.
      digest: () => hash.digest("hex", { dispose: true }) as Digest,
    };
  };
  return {
    incremental,
    digest(bytes) {
      const hash = incremental();
      hash.update(typeof bytes === "string" ? Buffer.from(bytes) : bytes);
      return hash.digest();
    },
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

let chosen: Hasher | undefined;

function choose(): Hasher {
  if (chosen !== undefined) return chosen;
  try {
    chosen = nativeHasher();
  } catch {
    chosen = portableHasher();
  }
  return chosen;
}

/** The native hasher where its binary loads, else the portable one. */
export const hasher: Hasher = {
  digest: (bytes) => choose().digest(bytes),
  incremental: () => choose().incremental(),
};
