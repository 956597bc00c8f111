import type { Rig } from "../../support/rig.ts";
import type { Outcome } from "../../support/running.ts";
import { SharedDirectory } from "../../support/shared-directory.ts";
import { Checkouts, cache, cacheJson, makeKeys, runShared } from "../../support/shared-runs.ts";

type Env = Readonly<Record<string, string>>;

interface Unpushed {
  readonly task: string;
  readonly why: string;
}

interface PushReport {
  readonly uploaded: readonly string[];
  readonly present: readonly string[];
  readonly unusable: readonly Unpushed[];
  readonly leftOut: readonly Unpushed[];
}

export const PIPELINE = `
export const app = task(sh\`cat \${file("src.txt")} > \${out("build/app")}; echo said\`);
export const lib = task(sh\`mkdir -p \${out("build/lib/")}/in && head -c 100000 /dev/zero > build/lib/in/zeros && cp src.txt build/lib/in/b\`, { inputs: [file("src.txt")] });
export const dep = task(sh\`cat src.txt > \${out("build/dep")}; echo "build/dep: src.txt" > \${depfile("build/dep.d")}\`);
export const all = task(sh\`cat \${app} \${dep} build/lib/in/b > \${out("build/all")}\`, { inputs: [lib] });
`;
export const FILES = { "src.txt": "1\n" };
export const TASKS = ["all", "app", "dep", "lib"];

/** Workspaces of which a run makes results without a key, and `inc cache push` uploads them. */
export class Pushing {
  readonly shared = new SharedDirectory();
  readonly checkouts = new Checkouts();
  readonly keys = makeKeys();
  readonly key = { INC_SIGNING_KEY: this.keys.private };

  /** A manifest that names the shared cache, and the keys that readers trust. */
  signed(body: string, list: unknown = [this.keys.public]): string {
    const remote = { url: this.shared.url, keys: list };
    return `${body}\nexport default config({ remote: ${JSON.stringify(remote)} });`;
  }

  /** Runs without a shared cache, as a job does that has no key. */
  async made(manifest: string, files: Env = FILES): Promise<Rig> {
    const rig = await this.checkouts.make(manifest, files);
    const { code, stderr } = await runShared(rig, { INC_REMOTE: "none" });
    if (code !== 0) throw new Error(stderr);
    return rig;
  }

  async close(): Promise<void> {
    await this.checkouts.close();
    this.shared.close();
  }
}

export function push(rig: Rig, env: Env = {}, args: readonly string[] = []): Promise<Outcome> {
  return cache(rig, ["push", ...args], env);
}

export function report(rig: Rig, env: Env = {}): Promise<PushReport> {
  return cacheJson(rig, ["push"], env);
}
