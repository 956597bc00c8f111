import { basename, dirname, join, resolve } from "node:path";
import type { IgnoreFile, IgnoresAbove } from "../files/ignored.ts";
import type { FileIndex } from "../files/index.ts";
import type { FileReader } from "../host/files/host.ts";
import { askGit } from "../host/process/git.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { Identity } from "../model/identity.ts";

const NONE: IgnoresAbove = { files: [], ignoresCase: false };

interface Settings {
  readonly ignoresCase: boolean;
  /** Absolute. */
  readonly excludesFile: string | undefined;
  /** Absolute paths of the files that say so. */
  readonly sources: readonly string[];
}

/** Absolute paths of a repository's directories. */
interface Repository {
  /** Of this worktree. */
  readonly own: string;
  /** Of all its worktrees. */
  readonly shared: string;
}

/**
 * Looks for the repository around a workspace and asks for its settings, again only when one of their files has
 * changed.
 */
export class GitIgnoreFinder {
  readonly #workspace: string;
  readonly #files: FileReader;
  readonly #index: FileIndex;
  /** What decided: files of rules and of settings, and what links among them lead to, as the index names them. */
  readonly used = new Set<string>();
  #known: { readonly settings: Settings; readonly state: string } | undefined;

  constructor(workspace: string, files: FileReader, index: FileIndex) {
    this.#workspace = workspace;
    this.#files = files;
    this.#index = index;
  }

  /** The user's own list, the repository's, and every .gitignore from its root down to the workspace. */
  find(): IgnoresAbove {
    const above: IgnoreFile[] = [];
    for (let directory = this.#workspace, prefix = ""; ; ) {
      if (this.#files.stat(join(directory, ".git")) !== undefined) return this.#of(directory, prefix, above.reverse());
      // Notes in this table that nothing is there: a repository that appears counts.
      this.#identify(join(directory, ".git"));
      const parent = dirname(directory);
      if (parent === directory) return NONE;
      prefix = `${basename(directory)}/${prefix}`;
      directory = parent;
      above.push({ path: join(directory, ".gitignore"), prefix });
    }
  }

  #of(root: string, prefix: string, above: readonly IgnoreFile[]): IgnoresAbove {
    const repository = this.#repository(join(root, ".git"));
    const { shared } = repository;
    const { ignoresCase, excludesFile } = this.#settings(root, repository);
    const own = excludesFile === undefined ? [] : [excludesFile];
    const lists = [...own, join(shared, "info", "exclude")].map((path) => ({
      path: this.#index.relative(path),
      prefix,
    }));
    for (const { path } of [...lists, ...above]) this.#use(path);
    return { files: [...lists, ...above], ignoresCase };
  }

  #repository(git: string): Repository {
    if (this.#files.stat(git)?.type !== "file") return { own: git, shared: git };
    const [, text] = /^gitdir: (.*)$/m.exec(this.#text(git)) ?? [];
    const own = text === undefined ? git : resolve(dirname(git), text);
    const common = this.#text(join(own, "commondir")).trim();
    return { own, shared: common === "" ? own : resolve(own, common) };
  }

  #text(path: string): string {
    this.#stateOf([path]);
    return this.#files.read(path)?.toString("utf8") ?? "";
  }

  #settings(root: string, repository: Repository): Settings {
    const known = this.#known;
    if (known !== undefined && known.state === this.#stateOf(known.settings.sources)) return known.settings;
    const settings = ask(root, repository);
    this.#known = { settings, state: this.#stateOf(settings.sources) };
    return settings;
  }

  /** Looks at them in this table, so that the no-op path does, too. */
  #stateOf(paths: readonly string[]): string {
    for (const path of paths) this.#use(this.#index.relative(path));
    return JSON.stringify(paths.map((path) => this.#identify(path)));
  }

  #identify(path: string): Identity | null {
    try {
      return this.#index.identify(this.#index.relative(path)) ?? null;
    } catch (error) {
      // Git cannot read it either.
      if (error instanceof DiagnosticError) return null;
      throw error;
    }
  }

  #use(path: string): void {
    for (let at: string | undefined = path; at !== undefined && !this.used.has(at); at = this.#index.target(at))
      this.used.add(at);
  }
}

function ask(root: string, { own, shared }: Repository): Settings {
  const home = process.env["HOME"] ?? "/";
  const settingsOf = process.env["XDG_CONFIG_HOME"] || join(home, ".config");
  const ofRepository = [join(shared, "config"), join(own, "config.worktree")];
  const ofUser = [join(home, ".gitconfig"), join(settingsOf, "git", "config"), "/etc/gitconfig"];
  const sources = new Set([...ofRepository, ...ofUser]);
  let ignoresCase = false;
  let excludesFile: string | undefined = join(settingsOf, "git", "ignore");
  for (const { origin, key, value } of listedSettings(root)) {
    if (origin !== undefined) sources.add(origin);
    const named = value?.replace(/^~(?=\/)/, home);
    const path = named ? resolve(dirname(origin ?? root), named) : undefined;
    // It may be missing, and come later.
    if (/^include(if\..*)?\.path$/s.test(key) && path !== undefined) sources.add(path);
    // The condition may be the name of the branch.
    if (key.startsWith("includeif.")) sources.add(join(own, "HEAD"));
    if (key === "core.ignorecase") ignoresCase = value === undefined || /^(true|yes|on|[1-9]\d*)$/i.test(value);
    if (key === "core.excludesfile") excludesFile = named ? excludesAt(root, named) : undefined;
  }
  return { ignoresCase, excludesFile, sources: [...sources] };
}

/** Absolute. Where it is in the directory of another user, git knows that. */
function excludesAt(root: string, value: string): string {
  const asked = value.startsWith("~")
    ? askGit(["config", "--type=path", "--get", "core.excludesFile"], root)
    : undefined;
  return resolve(root, asked?.replace(/\n$/, "") ?? value);
}

interface Setting {
  /** Absolute path of the file that has it. Undefined: it is in none. */
  readonly origin: string | undefined;
  readonly key: string;
  /** Undefined: the key stands alone, which means true. */
  readonly value: string | undefined;
}

function* listedSettings(root: string): IterableIterator<Setting> {
  const fields = (askGit(["config", "--list", "--show-origin", "-z"], root) ?? "").split("\0");
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const from = fields[i] as string;
    const origin = from.startsWith("file:") ? resolve(root, from.slice("file:".length)) : undefined;
    const [, key = "", value] = /^([^\n]*)(?:\n(.*))?$/s.exec(fields[i + 1] as string) ?? [];
    yield { origin, key, value };
  }
}
