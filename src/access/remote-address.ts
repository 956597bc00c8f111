import { privateVariable } from "../host/private-variables.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { RemoteConfig } from "../model/graph.ts";
import type { Result } from "../model/result.ts";
import type { PlaceRequest } from "../store/remote/open-remote.ts";
import { namedRemote } from "../workspace/request.ts";

/** What `--remote` and INC_REMOTE say to do without a shared cache. */
export const NO_REMOTE = "none";

/**
 * Where results are shared, as it was written: the flag beats the variable, which beats the manifest. Undefined: nowhere.
 * @param given `--remote`.
 */
export function remoteAddress(given: string | undefined, { url }: RemoteConfig = {}): string | undefined {
  const address = namedRemote(given) ?? (url === "" ? undefined : url);
  return address === NO_REMOTE ? undefined : address;
}

/**
 * A warning when the command line shows a password: all users of a machine may read how its processes were started.
 * @param given `--remote`.
 */
export function exposedPassword(given: string | undefined): readonly Diagnostic[] {
  if ((URL.parse(given?.replace(/^bazel\+/i, "") ?? "")?.password ?? "") === "") return [];
  return [
    {
      code: "INC1057",
      severity: "warning",
      message: "--remote has a password, which other users of this machine can read while inc runs",
      notes: [{ message: "how a process was started is open to all: ps, /proc/PID/cmdline" }],
      help: ["give the address in INC_REMOTE instead"],
    },
  ];
}

/**
 * The shared cache that a command asks without evaluating the manifest.
 * @param given `--remote`.
 * @param last What the manifest said in the last run; undefined: it is not known.
 */
export function remoteWithoutManifest(given: string | undefined, last: RemoteConfig = {}): Result<PlaceRequest> {
  const address = remoteAddress(given, last);
  if (address === undefined) return { ok: false, diagnostics: [noRemote()] };
  // A task could have changed what the last run left, and have the token sent to a server of its own.
  const isSentToken = !/^(file|s3):/i.test(address) && (privateVariable("INC_REMOTE_TOKEN") ?? "") !== "";
  if (remoteAddress(given, {}) === undefined && isSentToken)
    return { ok: false, diagnostics: [unnamedForToken(address)] };
  return { ok: true, value: { address, config: last } };
}

export function noRemote(): Diagnostic {
  return {
    code: "INC1054",
    severity: "error",
    message: "no shared cache is named",
    help: ["name it with --remote URL, in INC_REMOTE, or in the manifest: config({ remote })"],
  };
}

function unnamedForToken(address: string): Diagnostic {
  return {
    code: "INC1054",
    severity: "error",
    message: `the token of INC_REMOTE_TOKEN is sent to no address that only the last run left: ${address}`,
    notes: [
      { message: "this command evaluates no manifest, and what is in the store could have been changed by a task" },
    ],
    help: ["name the shared cache with --remote URL, or in INC_REMOTE"],
  };
}
