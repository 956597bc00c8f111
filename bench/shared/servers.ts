import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { portAccepts, until } from "../../src/host/net/probe.ts";
import { findVersitygw, Versitygw } from "../../test/store/remote/versitygw.ts";
import { findNginx, Nginx } from "../../test/support/nginx.ts";
import { freePort } from "../../test/support/servers.ts";
import { undoAtExit } from "../timing/leftovers.ts";
import type { CurlTarget } from "./floors.ts";

/** A server that stores results. */
export interface SharedServer {
  readonly name: string;
  /** What INC_REMOTE is, with the variables that it needs. */
  readonly address: string;
  readonly env: Readonly<Record<string, string>>;
  readonly curl: CurlTarget;
  /** Removes all objects. */
  empty(): void;
  stop(): Promise<void>;
}

/** @returns Why there is none, if there is none. */
export async function startNginx(): Promise<SharedServer | string> {
  const found = findNginx();
  if ("missing" in found) return found.missing;
  const server = await Nginx.start(found.program, (text) => text.replace("default 1;", "default 0;"));
  const isDone = undoAtExit(() => void server.stop());
  return {
    name: "nginx",
    address: server.url,
    env: {},
    curl: { url: `${server.url}curl/`, flags: [] },
    empty: () => emptied(server.root),
    stop: () => server.stop().finally(isDone),
  };
}

/** @returns Why there is none, if there is none. */
export async function startVersitygw(): Promise<SharedServer | string> {
  const found = findVersitygw();
  if ("missing" in found) return found.missing;
  const server = await Versitygw.start(found.program);
  const isDone = undoAtExit(() => void server.stop());
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = server.credentials;
  const signed = ['aws-sigv4 = "aws:amz:us-east-1:s3"', `user = "${id}:${secret}"`];
  return {
    name: "versitygw",
    address: `s3://${server.bucket}/inc?endpoint=${server.endpoint}&region=us-east-1`,
    env: server.credentials,
    curl: {
      url: `${server.endpoint}/${server.bucket}/curl/`,
      flags: [...signed, 'header = "x-amz-content-sha256: UNSIGNED-PAYLOAD"'],
    },
    empty: () => emptied(server.root),
    stop: () => server.stop().finally(isDone),
  };
}

/** Turborepo's own server, which keeps what it is given in a directory. */
export interface TurboServer {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts `turborepo-remote-cache`.
 * @param peers Where npm has installed it.
 * @returns Why there is none, if there is none.
 */
export async function startTurboServer(peers: string | undefined, token: string): Promise<TurboServer | string> {
  if (peers === undefined) return "turborepo-remote-cache is not installed: set INC_BENCH_PEERS";
  const directory = mkdtempSync(join(tmpdir(), "inc-bench-turbo-server-"));
  const port = await freePort();
  const program = join(peers, "node_modules/turborepo-remote-cache/dist/cli.js");
  const env = {
    ...process.env,
    PORT: String(port),
    TURBO_TOKEN: token,
    STORAGE_PROVIDER: "local",
    STORAGE_PATH: directory,
    LOG_LEVEL: "error",
    BODY_LIMIT: "1073741824",
    NODE_ENV: "production",
  };
  const child = spawn(process.execPath, [program], { env, cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  const isDone = undoAtExit(() => child.kill());
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (bytes: Buffer) => {
      said += bytes.toString();
    });
  const stop = new AbortController();
  child.once("exit", () => stop.abort());
  const isUp = await until(() => portAccepts(port), stop.signal);
  if (!isUp) return `turborepo-remote-cache did not start: ${said.slice(-1000)}`;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      await ended(child);
      isDone();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A server that accepts every connection and never answers. */
export async function startHungServer(): Promise<{ readonly url: string; readonly stop: () => void }> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    socket.resume();
  });
  const port = await freePort();
  await new Promise<void>((resolve) => {
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function emptied(root: string): void {
  for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true, force: true });
}

async function ended(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill();
  await exited;
}
