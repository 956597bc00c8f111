import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { withLoaded } from "../../src/access/pipeline.ts";
import { runLoaded } from "../../src/run/run.ts";
import type { RunOptions } from "../../src/run/session/options.ts";
import type { Lookup } from "../../src/store/remote/remote.ts";
import { Watch } from "../../src/watch/watch.ts";
import type { Archive } from "./archive.ts";

/** `inc run` or `inc watch`, as JSON, with look-ups answered by an archive: with-lookup.ts ARCHIVE run|watch JOBS [FLAG…] */
const [archivePath = "", command, jobs = "1", ...flags] = process.argv.slice(2);
const archive = JSON.parse(readFileSync(archivePath, "utf8")) as Archive;
const print = (event: object): void => void process.stdout.write(`${JSON.stringify(event)}\n`);

const lookup: Lookup = async ({ fingerprint }, blobs, signal) => {
  const known = archive[fingerprint];
  print({ kind: "lookup", task: known?.task });
  signal.addEventListener("abort", () => print({ kind: "lookup-aborted", task: known?.task }));
  if (known === undefined) return undefined;
  if (known.answer === "hang") return new Promise(() => {});
  if (known.held) await passed(`lookup-${known.task}`);
  if (known.answer === "error") throw new Error("connect ECONNREFUSED 10.0.0.1:443");
  if (known.answer === "miss") return undefined;
  for (const blob of known.blobs) blobs.putBytes(Buffer.from(blob, "base64"));
  return known.fetched;
};

function passed(name: string): Promise<void> {
  return new Promise((resolve) => {
    spawn(process.execPath, [".gate.mjs", name], { stdio: "ignore" }).once("close", () => resolve());
  });
}

const interrupt = new AbortController();
const common = {
  manifest: `${process.cwd()}/pipeline.ts`,
  workspace: process.cwd(),
  tasks: [],
  params: {},
  extra: [],
  jobs,
  keepGoing: flags.includes("--keep-going"),
  adopt: false,
  cacheRead: !flags.includes("--no-cache-read"),
  cacheWrite: true,
  lockWait: Number.POSITIVE_INFINITY,
  replay: false,
  command: `inc ${command}`,
  lookup,
};

async function run(): Promise<number> {
  const options: RunOptions = { ...common, dry: flags.includes("--dry"), force: false, signal: interrupt.signal };
  const lock = options.dry ? undefined : { ...options, emit: print };
  const ran = await withLoaded(options, lock, (loaded, journal) => runLoaded(loaded, journal, options, print));
  if (ran === "interrupted") return 130;
  if (!ran.ok) throw new Error(JSON.stringify(ran.diagnostics));
  return ran.value.exit;
}

async function watch(): Promise<number> {
  const watching = new Watch(
    { ...common, cancel: true },
    {
      event: print,
      loaded: () => {},
      began: () => print({ kind: "watch-began" }),
      published: () => {},
      ended: () => {},
      quiet: () => print({ kind: "watch-quiet" }),
      report: (diagnostics) => print({ kind: "report", diagnostics }),
      show: () => {},
    },
  );
  process.on("SIGINT", () => watching.interrupt());
  await watching.watch();
  return 0;
}

process.on("SIGINT", () => interrupt.abort());
process.exit(command === "watch" ? await watch() : await run());
