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
    const shared = this.#sharedDirectory(join(root, ".git"));
    const { ignoresCase, excludesFile } = this.#settings(root, shared);
    const own = excludesFile === undefined ? [] : [excludesFile];
    const lists = [...own, join(shared, "info", "exclude")].map((path) => ({
      path: this.#index.relative(path),
      prefix,
    }));
    for (const { path } of [...lists, ...above]) this.#use(path);
    return { files: [...lists, ...above], ignoresCase };
  }

  /** The directory that all worktrees of a repository share. */
  #sharedDirectory(git: string): string {
    if (this.#files.stat(git)?.type !== "file") return git;
    const [, text] = /^gitdir: (.*)$/m.exec(this.#text(git)) ?? [];
    const directory = text === undefined ? git : resolve(dirname(git), text);
    const common = this.#text(join(directory, "commondir")).trim();
    return common === "" ? directory : resolve(directory, common);
  }

  #text(path: string): string {
    return this.#files.read(path)?.toString("utf8") ?? "";
  }

  #settings(root: string, shared: string): Settings {
    const known = this.#known;
    if (known !== undefined && known.state === this.#stateOf(known.settings.sources)) return known.settings;
    const settings = ask(root, join(shared, "config"));
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

function ask(root: string, config: string): Settings {
  const home = process.env["HOME"] ?? "/";
  const settingsOf = process.env["XDG_CONFIG_HOME"] || join(home, ".config");
  const listed = askGit(["config", "--list", "--show-origin", "-z"], root) ?? "";
  const fields = listed.split("\0");
  const sources = new Set([config, join(home, ".gitconfig"), join(settingsOf, "git", "config"), "/etc/gitconfig"]);
  let ignoresCase = false;
  let excludesFile: string | undefined = join(settingsOf, "git", "ignore");
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const origin = fields[i] as string;
    if (origin.startsWith("file:")) sources.add(resolve(root, origin.slice("file:".length)));
    const [, key = "", value] = /^([^\n]*)(?:\n(.*))?$/s.exec(fields[i + 1] as string) ?? [];
    if (key === "core.ignorecase") ignoresCase = value === undefined || /^(true|yes|on|[1-9]\d*)$/i.test(value);
    if (key === "core.excludesfile") excludesFile = value ? resolve(root, value.replace(/^~(?=\/)/, home)) : undefined;
  }
  return { ignoresCase, excludesFile, sources: [...sources] };
}
