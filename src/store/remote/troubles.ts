import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Unsent } from "./uploads.ts";

/** How much of a wrong key is shown, in characters. */
const SHOWN = 16;

export function badRemote(address: string, why: string): Diagnostic {
  return {
    code: "INC1045",
    severity: "error",
    message: `"${withoutUser(address)}" cannot be used as a shared cache: ${why}`,
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

export function unsentResults(address: string, { count, why }: Unsent): Diagnostic {
  return {
    code: "INC4227",
    severity: "warning",
    message: `${count === 1 ? "a result was" : `${count} results were`} not shared: ${address} ${why}`,
    notes: [{ message: "the run itself is not affected" }],
    help: ["to take results and share none: INC_REMOTE_SCOPE=none"],
  };
}

/** What is no URL may hold a password, too. */
function withoutUser(address: string): string {
  return address.replace(/\/\/[^/]*@/, "//");
}
