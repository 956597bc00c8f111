import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Unsent } from "./uploads.ts";

/** How much of a wrong key is shown, in characters. */
const SHOWN = 16;

export function badRemote(address: string, why: string): Diagnostic {
  return {
    code: "INC1045",
    severity: "error",
    message: `"${withoutSecrets(address)}" cannot be used as a shared cache: ${why}`,
    help: [
      "name a directory (file:///shared/inc), a bucket (s3://bucket/prefix), a server (https://cache.example.com/inc/) or one of Bazel's protocol (bazel+https://cache.example.com/), or none",
    ],
  };
}

export function badScope(scope: string): Diagnostic {
  return {
    code: "INC1046",
    severity: "error",
    message: `INC_REMOTE_SCOPE is "${scope.slice(0, 100)}", which is no scope`,
    help: ["use main, a name such as pr/12 (letters, digits, . _ - and /), or none to write nothing"],
  };
}

export function badKey(key: string): Diagnostic {
  return {
    code: "INC1047",
    severity: "error",
    message: `config() lists "${key.slice(0, SHOWN)}…" as a key of the shared cache, but that is no public Ed25519 key`,
    help: ["give PEM, or the line within it: openssl pkey -in key.pem -pubout"],
  };
}

export function badSigningKey(variable: string, why: string): Diagnostic {
  return {
    code: "INC1047",
    severity: "error",
    message: `the key of ${variable} cannot be used to sign results: ${why}`,
    help: ["make one: openssl genpkey -algorithm ed25519 -out key.pem"],
  };
}

export function leftAlone(address: string, why: string): Diagnostic {
  return {
    code: "INC4225",
    severity: "warning",
    message: `the shared cache ${address} ${why}; this run goes on without it`,
    notes: [{ message: "results that are not in the store of this workspace are made here, and are not shared" }],
  };
}

export function untrusted(address: string, why: string): Diagnostic {
  return {
    code: "INC4226",
    severity: "warning",
    message: `a result in the shared cache ${address} is not used: ${why}`,
    notes: [
      { message: "the manifest lists keys, so only results that one of them signed count; others are not shown" },
    ],
  };
}

export function damagedResult(address: string, what: string): Diagnostic {
  return {
    code: "INC4228",
    severity: "warning",
    message: `the shared cache ${address} ${what}`,
    notes: [{ message: "its task runs here, as if there were none; further ones of this run are not shown" }],
    help: [
      "the run replaces what it makes anew, if it may write there; a server may also answer with a page of its own",
    ],
  };
}

export function tooLarge(address: string): Diagnostic {
  return {
    code: "INC4229",
    severity: "warning",
    message: `a result in the shared cache ${address} is not brought: the disk has no room for it`,
    notes: [{ message: "its task runs here, which may need as much; further ones of this run are not shown" }],
    help: ["make room, or move the store with INC_DIR"],
  };
}

export function unsentResults(address: string, { count, why }: Unsent): Diagnostic {
  return {
    code: "INC4227",
    severity: "warning",
    message: `${count === 1 ? "a result was" : `${count} results were`} not shared: ${address} ${why}`,
    notes: [{ message: "the run itself is not affected" }],
    help: ["to take results and share none: INC_REMOTE_SCOPE=none"],
  };
}

export function noScopeToWrite(): Diagnostic {
  return {
    code: "INC1046",
    severity: "error",
    message: "this job may write no scope of the shared cache, so nothing is uploaded",
    notes: [
      {
        message: "INC_REMOTE_SCOPE is none, or CI runs what may be a pull request's code and does not say of which one",
      },
    ],
    help: ["name the scope that the results are for: INC_REMOTE_SCOPE=main"],
  };
}

export function noSigningKey(address: string): Diagnostic {
  return {
    code: "INC1047",
    severity: "error",
    message: `results for the shared cache ${address} have to be signed, and there is no key`,
    notes: [{ message: "the manifest lists keys, so that readers take nothing that none of them signed" }],
    help: ["give the private key in INC_SIGNING_KEY, or the path of its file in INC_SIGNING_KEY_FILE"],
  };
}

/** @param isListed The manifest names it for other scopes. */
export function unfitSigningKey(key: string, scope: string, isListed: boolean): Diagnostic {
  const why = isListed ? `may not sign for the scope "${scope}"` : "is none of those that the manifest lists";
  return {
    code: "INC1047",
    severity: "error",
    message: `the key ${key}, which INC_SIGNING_KEY or INC_SIGNING_KEY_FILE gives, ${why}`,
    notes: [
      { message: "readers would take nothing that it signed; what the manifest lists is known from the last run" },
    ],
    help: isListed
      ? ["name a scope that it may sign for: INC_REMOTE_SCOPE=pr/12"]
      : ["use the key that belongs to a listed one, or list this one and run once more"],
  };
}

/** @param command Words of a command that works where the objects lie: `ls`. */
export function noInventory(address: string, command: string): Diagnostic {
  return {
    code: "INC1055",
    severity: "error",
    message: `the shared cache ${address} cannot list what it holds: only directories and buckets can`,
    help: [
      `where an HTTP server stores its objects as files, name their directory there: inc cache ${command} --remote file:///srv/inc`,
    ],
  };
}

/** Records of another version of inc keep all blobs: what they need is not known. */
export function otherRecords(address: string, count: number): Diagnostic {
  return {
    code: "INC1055",
    severity: "error",
    message: `the shared cache ${address} holds ${count} ${count === 1 ? "record" : "records"} of another version of inc, so no blob is removed`,
    notes: [{ message: "which blobs those need is not known to this version; records were removed" }],
    help: ["use the newest inc that shares results there"],
  };
}

/** @param undone What did not happen because of it. */
export function unanswered(address: string, why: string, undone: string): Diagnostic {
  return {
    code: "INC4230",
    severity: "error",
    message: `the shared cache ${address} ${why}; ${undone}`,
    help: ["what is done stays done: try again once it answers"],
  };
}

/** What cannot be parsed may hold a password or a token as well: whatever a user or a query might be is left out. */
function withoutSecrets(address: string): string {
  return address.replace(/^([a-z][a-z\d+.-]*:)?([\\/]*).*@/is, "$1$2").replace(/\?.*/s, "?…");
}
