import { hasher } from "../../../../src/host/files/hash.ts";
import type { Fingerprint } from "../../../../src/model/digest.ts";
import { type Bundle, bundlePayload, parseBundle } from "../../../../src/store/remote/bundles/bundle.ts";
import { markPlace } from "../../../../src/store/remote/bundles/mark.ts";
import { type Envelope, openPayload, seal, unseal } from "../../../../src/store/remote/envelope.ts";
import type { RecordPlace } from "../../../../src/store/remote/shared-record.ts";
import type { Signer } from "../../../../src/store/remote/trust/signing.ts";
import { FaultServer } from "../../../support/fault-server.ts";
import type { Rig } from "../../../support/rig.ts";
import { Checkouts, runShared, type SharedRun } from "../../../support/shared-runs.ts";

/** Ten results: a chain, a fan-out, a task whose list of found inputs is a record of its own, and one with a blob of its own. */
export const manifest = (keys?: readonly string[]): string => `
export const up = each(files("in/*.txt"), (f) => task(sh\`tr a-z A-Z < \${f} > \${out(\`b/\${f.stem}\`)}\`));
export const all = task(sh\`cat \${up} > \${out("b/all")}\`);
export const last = task(sh\`cat \${all} > \${out("b/last")}\`);
export const dep = task(sh\`cat in/f0.txt > \${out("b/dep")}; echo "b/dep: in/f0.txt" > \${depfile("b/dep.d")}\`);
export const noise = task(sh\`cat in/noise in/noise > \${out("b/noise")}\`, { inputs: [file("in/noise")] });
export default config({ ${keys === undefined ? "" : `remote: { keys: ${JSON.stringify(keys)} }`} });
`;
export const NOISE = Array.from({ length: 9000 }, (_, i) => (i * i * 2654435761).toString(36)).join("");
export const FILES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`in/f${i}.txt`, `f${i}\n`])),
  "in/noise": NOISE,
};
export const EDITED = { ...FILES, "in/f1.txt": "g1\n" };
/** What that edit reaches. */
export const REACHED = ["all", "last", "up[f1.txt]"];
export const COUNT = 10;

/** Each request for a record by itself, the bundle's and that for the blob. */
export const ONE_BY_ONE = ["blobs", ...Array<string>(COUNT + 2).fill("records")];

const MARK = markPlace("main", hasher).fingerprint;

/** In whatever scope. */
function isOfMark(request: string): boolean {
  return request.endsWith(MARK);
}

/** Checkouts of that pipeline, and a server for its results. */
export class Bundled {
  readonly server: FaultServer;
  readonly checkouts = new Checkouts();

  private constructor(server: FaultServer) {
    this.server = server;
  }

  static async start(): Promise<Bundled> {
    return new Bundled(await FaultServer.start());
  }

  async close(): Promise<void> {
    await this.checkouts.close();
    await this.server.close();
  }

  make(keys?: readonly string[], files = FILES): Promise<Rig> {
    return this.checkouts.make(manifest(keys), files);
  }

  run(rig: Rig, env: Readonly<Record<string, string>> = {}, tasks: readonly string[] = []): Promise<SharedRun> {
    this.server.requests.length = 0;
    return runShared(rig, { INC_REMOTE: this.server.url, ...env }, tasks);
  }

  /** What was asked for since the last run began, by kind; marks of scopes are counted by themselves. */
  asked(method = "GET"): readonly string[] {
    const requests = this.server.requests.filter((line) => !isOfMark(line));
    return requests.flatMap((line) => new RegExp(`^${method} /v1/(\\w+)`).exec(line)?.[1] ?? []).sort();
  }

  /** Methods with which marks were asked for since the last run began. */
  marked(): readonly string[] {
    return this.server.requests.filter(isOfMark).map((line) => line.split(" ")[0] ?? "");
  }

  path(): string {
    const path = [...this.server.objects].find(([each, bytes]) => isBundle(each, bytes))?.[0];
    if (path === undefined) throw new Error("there is no bundle");
    return path;
  }

  bytes(): Buffer {
    return this.server.objects.get(this.path()) as Buffer;
  }

  /** Writes the bundle of main anew with other records. */
  rewrite(change: (records: Map<Fingerprint, Buffer>) => void, signer?: Signer): void {
    const bytes = this.bytes();
    const { records, mark } = opened(bytes);
    const changed = new Map(records);
    change(changed);
    const place = { scope: "main", fingerprint: placeOf(bytes) };
    this.server.objects.set(this.path(), sealed({ records: changed, mark }, place, signer));
  }
}

export function isBundle(path: string, bytes: Buffer): boolean {
  return path.includes("/records/") && openPayload(unseal(bytes) as Envelope).fields["kind"] === "bundle";
}

export function placeOf(bundle: Buffer): Fingerprint {
  return openPayload(unseal(bundle) as Envelope).fields["fingerprint"] as Fingerprint;
}

export function opened(bytes: Buffer): Bundle {
  return parseBundle(unseal(bytes) as Envelope, { scope: "main", fingerprint: placeOf(bytes) });
}

export function sealed(bundle: Bundle, place: RecordPlace, signer?: Signer): Buffer {
  return seal(bundlePayload(bundle, place), Buffer.concat([...bundle.records.values()]), signer);
}
