import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Args, Command } from "@oclif/core";
import { print } from "../cli/print.ts";
import { DiagnosticError } from "../model/diagnostic.ts";

const TEMPLATES = fileURLToPath(new URL("../../templates", import.meta.url));

export default class Init extends Command {
  static override summary = "Start a pipeline from a template";
  static override description =
    `Copies a template into a directory, without overwriting files. Templates: ${templates().join(", ")}.`;
  static override examples = ["<%= config.bin %> init", "<%= config.bin %> init data my-project"];
  static override args = {
    template: Args.string({ description: "Template", default: "minimal", options: templates() }),
    directory: Args.string({ description: "Target directory", default: "." }),
  };

  override async run(): Promise<number> {
    const { args } = await this.parse(Init);
    const source = join(TEMPLATES, args.template);
    const target = resolve(args.directory);
    const files = readdirSync(source, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => ({
        from: join(entry.parentPath, entry.name),
        path: targetName(relative(source, join(entry.parentPath, entry.name))),
      }));
    const taken = files.map(({ path }) => path).filter((path) => existsSync(join(target, path)) && !isShared(path));
    if (taken.length > 0) throw new DiagnosticError(alreadyThere(target, taken));
    const missing = files.filter(({ path }) => !existsSync(join(target, path)));
    for (const { from, path } of missing) cpSync(from, join(target, path));
    for (const { path } of missing) print(join(args.directory, path));
    const install = needsInstall(join(source, "package.json")) ? "npm install && " : "";
    print(`\nnow: ${args.directory === "." ? "" : `cd ${args.directory} && `}${install}inc run`);
    return 0;
  }
}

function needsInstall(manifest: string): boolean {
  if (!existsSync(manifest)) return false;
  const { dependencies, devDependencies } = JSON.parse(readFileSync(manifest, "utf8")) as Record<string, object>;
  return Object.keys({ ...dependencies, ...devDependencies }).length > 0;
}

/** npm leaves every .gitignore out of a package, so templates have it without the dot. */
function targetName(path: string): string {
  return path === "gitignore" ? ".gitignore" : path;
}

/** True for files that most projects have: an existing one is left unchanged. */
function isShared(path: string): boolean {
  return path === "package.json" || path === ".gitignore" || path === "tsconfig.json" || path === "README.md";
}

function templates(): string[] {
  return existsSync(TEMPLATES) ? readdirSync(TEMPLATES).sort() : [];
}

function alreadyThere(target: string, taken: readonly string[]) {
  return {
    code: "INC1004",
    severity: "error",
    message: `"${target}" has ${taken.map((path) => `"${path}"`).join(", ")} already`,
    help: ["use a new directory: inc init data my-project"],
  } as const;
}
