import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { portAccepts, until } from "../../src/host/net/probe.ts";
import { patiently } from "./patience.ts";
import { freePort } from "./servers.ts";

/** Where the package is unpacked, once for all test runs. */
const UNPACKED = fileURLToPath(new URL("../../node_modules/.cache/inc-nginx", import.meta.url));

/** The configuration of docs/remote-cache.md. */
const DOCUMENTED = /```nginx\n([\s\S]*?)```/.exec(
  readFileSync(new URL("../../docs/remote-cache.md", import.meta.url), "utf8"),
)?.[1] as string;

/**
 * The nginx of this machine, else the one of Debian's packages, unpacked beside the node modules.
 * @returns Why there is none, if there is none.
 */
export function findNginx(): { readonly program: string } | { readonly missing: string } {
  for (const program of ["/usr/sbin/nginx", join(UNPACKED, "usr/sbin/nginx")]) if (works(program)) return { program };
  const work = mkdtempSync(join(tmpdir(), "inc-nginx-"));
  try {
    execFileSync("apt-get", ["download", "nginx"], { cwd: work, stdio: "pipe" });
    execFileSync("sh", ["-c", "dpkg-deb -x nginx_*.deb unpacked"], { cwd: work, stdio: "pipe" });
    if (!works(join(work, "unpacked/usr/sbin/nginx")))
      return { missing: "the nginx of the Debian package does not start" };
    mkdirSync(join(UNPACKED, ".."), { recursive: true });
    rmSync(UNPACKED, { recursive: true, force: true });
    execFileSync("cp", ["-a", join(work, "unpacked"), `${UNPACKED}.${process.pid}`]);
    renameSync(`${UNPACKED}.${process.pid}`, UNPACKED);
    return { program: join(UNPACKED, "usr/sbin/nginx") };
  } catch (error) {
    return { missing: `nginx is not installed, and cannot be: ${(error as Error).message.split("\n")[0]}` };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function works(program: string): boolean {
  if (!existsSync(program)) return false;
  try {
    execFileSync(program, ["-v"], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

/** An nginx on a free port of the loopback, which stores what is PUT in a directory. */
export class Nginx {
  readonly url: string;
  /** Absolute path of what it stores. */
  readonly root: string;
  readonly #prefix: string;
  readonly #child: ChildProcess;

  private constructor(url: string, prefix: string, child: ChildProcess) {
    this.url = url;
    this.root = join(prefix, "data");
    this.#prefix = prefix;
    this.#child = child;
  }

  /** @param change Of the documented configuration. */
  static async start(program: string, change: (configuration: string) => string): Promise<Nginx> {
    const prefix = mkdtempSync(join(tmpdir(), "inc-nginx-"));
    const port = await freePort();
    for (const name of ["data", "body", "other"]) mkdirSync(join(prefix, name));
    const documented = change(DOCUMENTED)
      .replace("127.0.0.1:8080", `127.0.0.1:${port}`)
      .replace("/srv/inc", `${prefix}/data`);
    writeFileSync(join(prefix, "nginx.conf"), configuration(prefix, documented));
    const child = spawn(program, ["-p", prefix, "-c", join(prefix, "nginx.conf")], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    child.stderr?.on("data", (bytes: Buffer) => {
      said += bytes.toString();
    });
    const stop = new AbortController();
    child.once("exit", () => stop.abort());
    if (
      !(await patiently(
        until(() => portAccepts(port), stop.signal),
        () => `nginx: ${said}`,
      ))
    )
      throw new Error(said);
    return new Nginx(`http://127.0.0.1:${port}/inc/`, prefix, child);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    await ended;
    rmSync(this.#prefix, { recursive: true, force: true });
  }
}

/** One process, which is the user that runs the tests, root or not. */
function configuration(prefix: string, documented: string): string {
  return `daemon off;
master_process off;
pid ${prefix}/pid;
error_log stderr crit;
events {}
http {
  access_log off;
  client_body_temp_path ${prefix}/body;
  proxy_temp_path ${prefix}/other;
  fastcgi_temp_path ${prefix}/other;
  uwsgi_temp_path ${prefix}/other;
  scgi_temp_path ${prefix}/other;
${documented}
}
`;
}
