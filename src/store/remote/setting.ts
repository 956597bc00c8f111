import type { Hasher } from "../../host/files/host.ts";
import type { Backend } from "./backends/backend.ts";
import type { Builder } from "./trust/ci-builder.ts";
import type { Scopes } from "./trust/scopes.ts";
import type { Signer, TrustedKey } from "./trust/signing.ts";

/** A remote store, and who uses it here. */
export interface RemotePlace {
  readonly backend: Backend;
  readonly scopes: Scopes;
  /** Whose signatures readers trust; none: records need no signature. */
  readonly keys: readonly TrustedKey[];
  /** Undefined: records are not signed. */
  readonly signer: Signer | undefined;
  readonly builder: Builder;
  readonly hasher: Hasher;
}

/** How a run uses a remote store. */
export interface RemoteSetting extends RemotePlace {
  /** Called with why a record is not trusted. */
  distrusted(why: string): void;
  /** Called with what it gave that is not what it should be, to follow its address. */
  damaged(what: string): void;
  /** Called when the disk here has no room for a result. */
  noRoom(): void;
}
