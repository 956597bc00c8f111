import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hasher } from "../../host/files/hash.ts";
import { privateVariable } from "../../host/private-variables.ts";
import { defined } from "../../model/defined.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { RemoteUse } from "../../model/entry.ts";
import type { RemoteConfig } from "../../model/graph.ts";
import type { Result } from "../../model/result.ts";
import { parseRemote, type RemoteAddress, UnusableAddress } from "./address.ts";
import type { Backend } from "./backends/backend.ts";
import { HttpBackend } from "./backends/http.ts";
import { HttpClient } from "./backends/http-client.ts";
import { HttpObjects } from "./backends/http-objects.ts";
import { Breaker } from "./breaker.ts";
import { BundleSender } from "./bundles/bundle-sender.ts";
import { type BundledRun, FetchedBundles } from "./bundles/fetched-bundles.ts";
import { Connection } from "./connection.ts";
import { Finder } from "./finder.ts";
import { Knowledge } from "./knowledge.ts";
import { Meter } from "./meter.ts";
import type { Lookup, Sharing } from "./remote.ts";
import { Sender } from "./sender.ts";
import type { RemotePlace, RemoteSetting } from "./setting.ts";
import {
  badKey,
  badRemote,
  badScope,
  badSigningKey,
  damagedResult,
  leftAlone,
  tooLarge,
  unsentResults,
  untrusted,
} from "./troubles.ts";
import { builderOf } from "./trust/ci-builder.ts";
import { scopeToWrite } from "./trust/scope-to-write.ts";
import { scopesOf } from "./trust/scopes.ts";
import { parsePrivateKey, parsePublicKey, type Signer, type TrustedKey } from "./trust/signing.ts";
import { type Unsent, Uploads } from "./uploads.ts";

/** A remote store, as one run uses it. */
export interface Remote {
  readonly lookup: Lookup;
  /** Undefined: this run writes nothing. */
  readonly sharing: Sharing | undefined;
  /** Why it writes nothing though there is a key to sign with. */
  readonly unshared: readonly Diagnostic[];
  /** What the run has had of it so far. Undefined: nothing was asked. */
  use(): RemoteUse | undefined;
  /** Ends its connections. */
  close(): void;
}

/** Where results are shared, and who is trusted. */
export interface PlaceRequest {
  /** As it was given; it may hold a password. */
  readonly address: string;
  readonly config: RemoteConfig;
}

interface RemoteRequest extends PlaceRequest {
  readonly warn: (diagnostic: Diagnostic) => void;
  /** Called when the run goes on without it. */
  readonly left: () => void;
  /** What the run is to do; absent: it neither asks for bundles nor writes one. */
  readonly run?: BundledRun;
}

/** Opens a remote store for a run. Nothing is asked yet. */
export async function openRemote({ warn, left, run, ...request }: RemoteRequest): Promise<Result<Remote>> {
  const opened = await openPlace(request);
  if (!opened.ok) return opened;
  const { address } = opened.value.backend;
  const setting: RemoteSetting = {
    ...opened.value,
    distrusted: once((why) => warn(untrusted(address, why))),
    damaged: once((what) => warn(damagedResult(address, what))),
    noRoom: once(() => warn(tooLarge(address))),
  };
  return { ok: true, value: connect(setting, { warn, left, ...defined({ run }) }) };
}

/** Opens a remote store. Nothing is asked yet. The diagnostics are about settings that cannot be used. */
export async function openPlace({ address, config }: PlaceRequest): Promise<Result<RemotePlace>> {
  const parsed = parseRemote(address, privateVariable("INC_REMOTE_TOKEN"));
  if (typeof parsed === "string") return { ok: false, diagnostics: [badRemote(address, parsed)] };
  const named = process.env["INC_REMOTE_SCOPE"];
  const scopes = scopesOf(named, process.env);
  if (scopes === undefined) return { ok: false, diagnostics: [badScope(named ?? "")] };
  const keys = trustedKeys(config);
  if (!keys.ok) return keys;
  const signer = readSigner();
  if (!signer.ok) return signer;
  const backend = await openBackend(parsed);
  if (backend instanceof UnusableAddress) return { ok: false, diagnostics: [badRemote(address, backend.message)] };
  const place: RemotePlace = {
    backend,
    scopes,
    keys: keys.value,
    signer: signer.value,
    builder: builderOf(process.env),
    hasher,
  };
  return { ok: true, value: place };
}

function connect(opened: RemoteSetting, { warn, left, run }: Omit<RemoteRequest, keyof PlaceRequest>): Remote {
  const meter = new Meter(opened.backend);
  const setting = { ...opened, backend: meter.backend };
  const { backend, scopes, signer } = setting;
  const breaker = new Breaker((why) => {
    left();
    warn(leftAlone(backend.address, why));
  });
  const knowledge = new Knowledge();
  const scope = scopeToWrite(setting);
  // Without a key, and where nothing is to be written, that is what its user wants.
  const isUnfit = !scope.ok && signer !== undefined && scopes.writes !== undefined;
  // Where uses are noted, each record has to be asked for.
  const bundled = backend.notesUse === true ? undefined : run;
  const bundles = new FetchedBundles({ place: setting, connection: new Connection(backend), breaker }, bundled);
  const bundleSender = new BundleSender(setting, knowledge, bundles, bundled);
  const sender = {
    ...meter.sending(new Sender(setting, knowledge)),
    bundle: (...args: Parameters<BundleSender["send"]>) => bundleSender.send(...args),
  };
  const onUnsent = (unsent: Unsent): void => warn(unsentResults(backend.address, unsent));
  return {
    lookup: meter.seeking(new Finder(setting, breaker, knowledge, bundles).lookup),
    sharing: scope.ok ? new Uploads(sender, scope.value, breaker, onUnsent) : undefined,
    unshared: isUnfit ? scope.diagnostics.map((why) => ({ ...why, severity: "warning" })) : [],
    use: () => meter.use,
    close: () => backend.close(),
  };
}

/** Calls back the first time only: one message stands for all. */
function once<T extends readonly unknown[]>(act: (...args: T) => void): (...args: T) => void {
  let isDone = false;
  return (...args) => {
    if (!isDone) act(...args);
    isDone = true;
  };
}

async function openBackend({ kind, text, url, authorization }: RemoteAddress): Promise<Backend | UnusableAddress> {
  if (kind === "file") {
    const { FileBackend } = await import("./backends/file.ts");
    return new FileBackend(text, fileURLToPath(url));
  }
  if (kind === "s3") {
    const { openS3 } = await import("./backends/s3.ts");
    try {
      return openS3(text, url);
    } catch (error) {
      if (error instanceof UnusableAddress) return error;
      throw error;
    }
  }
  const client = new HttpClient(url.protocol, ({ headers }) => ({ ...headers, ...defined({ authorization }) }));
  if (kind === "http") return new HttpBackend(text, url, client);
  const { BazelBackend } = await import("./backends/bazel.ts");
  return new BazelBackend(text, new HttpObjects(url, client));
}

function trustedKeys({ keys = [] }: RemoteConfig): Result<readonly TrustedKey[]> {
  const parsed = keys.map(({ key, scope }) => parsePublicKey(key, scope));
  const bad = keys.filter((_, i) => parsed[i] === undefined);
  if (bad.length > 0) return { ok: false, diagnostics: bad.map(({ key }) => badKey(key)) };
  return { ok: true, value: parsed.filter((key) => key !== undefined) };
}

function readSigner(): Result<Signer | undefined> {
  const text = privateVariable("INC_SIGNING_KEY") ?? "";
  const path = privateVariable("INC_SIGNING_KEY_FILE") ?? "";
  if (text === "" && path === "") return { ok: true, value: undefined };
  const where = text === "" ? "INC_SIGNING_KEY_FILE" : "INC_SIGNING_KEY";
  try {
    const signer = parsePrivateKey(text === "" ? readFileSync(path, "utf8") : text);
    return signer === undefined
      ? { ok: false, diagnostics: [badSigningKey(where, "it is no Ed25519 key in PEM, or in base64 of PKCS #8")] }
      : { ok: true, value: signer };
  } catch (error) {
    return { ok: false, diagnostics: [badSigningKey(where, (error as Error).message)] };
  }
}
