import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { MessageType, ScalarType } from "@protobuf-ts/runtime";
import { FaultServer } from "../../support/fault-server.ts";

/** The fields of Bazel's messages that matter here, as remote_execution.proto has them. */
interface ActionResult {
  outputFiles: { path: string; digest?: { hash: string; sizeBytes: number } }[];
  executionMetadata?: { worker: string };
}

const DIGEST = new MessageType("Digest", [
  { no: 1, name: "hash", kind: "scalar", T: ScalarType.STRING },
  { no: 2, name: "size_bytes", kind: "scalar", T: ScalarType.INT64, L: 2 },
]);
const OUTPUT_FILE = new MessageType("OutputFile", [
  { no: 1, name: "path", kind: "scalar", T: ScalarType.STRING },
  { no: 2, name: "digest", kind: "message", T: () => DIGEST },
]);
const METADATA = new MessageType("ExecutedActionMetadata", [
  { no: 1, name: "worker", kind: "scalar", T: ScalarType.STRING },
]);
const ACTION_RESULT = new MessageType<ActionResult>("ActionResult", [
  { no: 2, name: "output_files", kind: "message", repeat: 1, T: () => OUTPUT_FILE },
  { no: 5, name: "stdout_raw", kind: "scalar", T: ScalarType.BYTES },
  { no: 9, name: "execution_metadata", kind: "message", T: () => METADATA },
]);

const PATH = /^\/(.*\/)?(ac|cas)\/([0-9a-f]{64})$/;

/**
 * A server that holds its clients to the rules of Bazel's cache over HTTP: the paths, a length with each PUT, and the SHA-256 of
 * what is put under `/cas`.
 * @param looks True: as bazel-remote does by itself, it takes only `ActionResult`s under `/ac`, adds which machine each came from, and
 * gives none away that names bytes it does not have.
 */
export async function startBazelDouble(looks: boolean): Promise<FaultServer> {
  const server = await FaultServer.start();
  server.fault = (request, response, stored) => {
    const [, instance = "", kind, name = ""] = PATH.exec(request.url ?? "") ?? [];
    if (kind === undefined) return answer(request, response, 400);
    if (request.method === "PUT") {
      if (request.headers["content-length"] === undefined) return answer(request, response, 400);
      void take(request).then((bytes) => {
        const isSound = kind !== "cas" || createHash("sha256").update(bytes).digest("hex") === name;
        const kept = isSound && kind === "ac" && looks ? examined(bytes) : bytes;
        if (isSound && kept !== undefined) server.objects.set(request.url ?? "", kept);
        response.writeHead(isSound && kept !== undefined ? 200 : 400).end();
      });
      return true;
    }
    const isHollow = kind === "ac" && looks && stored !== undefined && !isComplete(server, instance, stored);
    return isHollow ? answer(request, response, 404) : false;
  };
  return server;
}

function answer(request: IncomingMessage, response: ServerResponse, status: number): true {
  request.resume();
  response.writeHead(status).end();
  return true;
}

async function take(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** As it is stored; undefined: it is none. */
function examined(bytes: Buffer): Buffer | undefined {
  try {
    const result = ACTION_RESULT.fromBinary(bytes);
    const isUsable = result.outputFiles.every(
      ({ path, digest }) =>
        path !== "" && digest !== undefined && /^[0-9a-f]{64}$/.test(digest.hash) && digest.sizeBytes >= 0,
    );
    return isUsable
      ? Buffer.from(ACTION_RESULT.toBinary({ ...result, executionMetadata: { worker: "127.0.0.1:1" } }))
      : undefined;
  } catch {
    return undefined;
  }
}

function isComplete(server: FaultServer, instance: string, stored: Buffer): boolean {
  return ACTION_RESULT.fromBinary(stored).outputFiles.every(({ digest }) => {
    const bytes = server.objects.get(`/${instance}cas/${digest?.hash}`);
    return bytes?.length === digest?.sizeBytes;
  });
}
