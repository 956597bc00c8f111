import { DiagnosticError } from "../../model/diagnostic.ts";
import { own } from "../../model/own.ts";
import { callSite } from "../call-site.ts";

/** The process as a manifest finds it while it is evaluated. */
export interface ManifestProcess {
  /** Variables that were read; undefined: it was not set. */
  readonly read: ReadonlyMap<string, string | undefined>;
  /** The environment itself, without the recording. */
  readonly original: NodeJS.ProcessEnv;
  /** It asked which variables there are: whatever is set anew may matter to it. */
  readonly enumerated: boolean;
  note(name: string): string | undefined;
  restore(): void;
}

/**
 * Until `restore`: notes every variable that is read, by whatever way; sends what is printed to stderr, because stdout
 * carries data; and refuses process.exit(), because a manifest declares and does not act.
 */
export function enterManifest(): ManifestProcess {
  const { env: original, exit, stdout } = process;
  const read = new Map<string, string | undefined>();
  let enumerated = false;
  const note = (name: string | symbol): void => {
    if (typeof name === "string") read.set(name, own(original, name));
  };
  process.env = new Proxy(original, {
    get(target, name) {
      note(name);
      return Reflect.get(target, name) as string | undefined;
    },
    has(target, name) {
      note(name);
      return Reflect.has(target, name);
    },
    ownKeys(target) {
      enumerated = true;
      return Reflect.ownKeys(target);
    },
  });
  const write = stdout.write;
  stdout.write = process.stderr.write.bind(process.stderr);
  process.exit = () => {
    throw new DiagnosticError({
      code: "INC2001",
      severity: "error",
      message: "the manifest called process.exit()",
      location: callSite(),
      help: ["throw an Error instead: inc reports its message and its line"],
    });
  };
  return {
    read,
    original,
    get enumerated() {
      return enumerated;
    },
    note(name) {
      note(name);
      return own(original, name);
    },
    restore() {
      process.env = original;
      process.exit = exit;
      stdout.write = write;
    },
  };
}
