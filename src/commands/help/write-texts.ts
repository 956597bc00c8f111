// Run by npm run bundle:help. Writes what oclif prints as help into dist/help/, a file for each command: to load oclif and all commands takes ten times
// as long as to print a text. Lines break at the width of the terminal, so that there is a text for each width.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type HelpTexts, MACHINE, NARROWEST, ROOT } from "./texts.ts";

// oclif decides about styles while it is loaded.
process.env["FORCE_COLOR"] = "1";
const { Config, Help } = await import("@oclif/core");

/** No help has a longer line, so that every wider terminal gets the same layout. In columns. */
const WIDEST = 1000;

class CapturedHelp extends Help {
  text = "";

  protected override log(...lines: string[]): void {
    this.text += `${lines.join(" ")}\n`;
  }
}

async function textAt(maxWidth: number, args: readonly string[]): Promise<string> {
  const config = await loaded;
  const help = new CapturedHelp(config, { maxWidth });
  await help.showHelp([...args]);
  return help.text.replace(config.userAgent, config.userAgent.replace(/ .*/, ` ${MACHINE}`));
}

async function textsOf(args: readonly string[]): Promise<HelpTexts> {
  const last = await textAt(WIDEST, args);
  const lines: string[] = [];
  const texts: [from: number, ...lines: number[]][] = [];
  let before = "";
  for (let width = NARROWEST; before !== last; width += 1) {
    const text = await textAt(width, args);
    if (text === before) continue;
    before = text;
    const ids = text.split("\n").map((line) => {
      if (!lines.includes(line)) lines.push(line);
      return lines.indexOf(line);
    });
    texts.push([width, ...ids]);
  }
  return { lines, texts };
}

const root = join(import.meta.dirname, "../../..");
const loaded = Config.load(root);
const directory = join(root, "dist/help");
rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
const commands = (await loaded).commands.map(({ id }) => id);
// The help of a topic's commands is left to oclif.
for (const name of [ROOT, ...commands.filter((id) => !id.includes(":"))]) {
  const texts = await textsOf(name === ROOT ? ["--help"] : [name, "--help"]);
  writeFileSync(join(directory, `${name}.json`), JSON.stringify(texts));
}
