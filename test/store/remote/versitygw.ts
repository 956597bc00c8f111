import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsClient } from "aws4fetch";
import { portAccepts, until } from "../../../src/host/net/probe.ts";
import { type FoundProgram, goProgram } from "../../support/go-program.ts";
import { patiently } from "../../support/patience.ts";
import { freePort } from "../../support/servers.ts";

/** An S3 server that checks signatures and conditions as S3 does. */
export function findVersitygw(): FoundProgram {
  return goProgram("versitygw", "github.com/versity/versitygw/cmd/versitygw@v1.8.0");
}

/** One on a free port of the loopback, with a bucket, which stores objects as files. */
export class Versitygw {
  /** What the tools of AWS call the keys of its owner. */
  readonly credentials = { AWS_ACCESS_KEY_ID: "owner-id", AWS_SECRET_ACCESS_KEY: "owner-s3cret" };
  readonly bucket = "results";
  readonly endpoint: string;
  /** Absolute path of the bucket's files. */
  readonly root: string;
  readonly #prefix: string;
  readonly #child: ChildProcess;

  private constructor(endpoint: string, prefix: string, child: ChildProcess) {
    this.endpoint = endpoint;
    this.#prefix = prefix;
    this.#child = child;
    this.root = join(prefix, "data", this.bucket);
  }

  static async start(program: string): Promise<Versitygw> {
    const prefix = mkdtempSync(join(tmpdir(), "inc-versitygw-"));
    const port = await freePort();
    mkdirSync(join(prefix, "data"));
    const keys = ["--access", "owner-id", "--secret", "owner-s3cret"];
    const child = spawn(program, [...keys, "--port", `127.0.0.1:${port}`, "--quiet", "posix", join(prefix, "data")], {
      cwd: prefix,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (bytes: Buffer) => {
        said += bytes.toString();
      });
    const stop = new AbortController();
    child.once("exit", () => stop.abort());
    const started = until(() => portAccepts(port), stop.signal);
    if (!(await patiently(started, () => `versitygw: ${said}`))) throw new Error(said);
    const server = new Versitygw(`http://127.0.0.1:${port}`, prefix, child);
    const created = await server.ask("PUT", "");
    if (!created.ok) throw new Error(await created.text());
    return server;
  }

  /** Asks as the owner. @param key Below the bucket; with a query. */
  async ask(method: string, key: string): Promise<Response> {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = this.credentials;
    const client = new AwsClient({ accessKeyId, secretAccessKey, service: "s3", region: "us-east-1", retries: 0 });
    return client.fetch(`${this.endpoint}/${this.bucket}${key}`, { method });
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    await ended;
    rmSync(this.#prefix, { recursive: true, force: true });
  }
}
