import { withLoaded } from "../../src/access/pipeline.ts";
import type { AttemptRecord } from "../../src/model/entry.ts";
import type { Event, Summary } from "../../src/model/event.ts";
import { runLoaded } from "../../src/run/run.ts";
import type { RunOptions } from "../../src/run/session/options.ts";
import type { OpeningLook } from "../../src/workspace/snapshot-check.ts";
import type { Rig } from "../support/rig.ts";

export interface Ran {
  readonly summary: Summary;
  readonly events: readonly Event[];
  /** The latest record of each task. */
  readonly records: ReadonlyMap<string, AttemptRecord>;
  /** The log of each task's latest attempt. */
  readonly logs: ReadonlyMap<string, string>;
}

/** Runs the pipeline once in this process, with the given executor. @param more `look`: as the command line begins with one. */
export async function runBy(
  rig: Rig,
  executor: RunOptions["executor"],
  more: Partial<RunOptions> & { readonly look?: OpeningLook | undefined } = {},
): Promise<Ran> {
  const events: Event[] = [];
  const emit = (event: Event): void => void events.push(event);
  const options: RunOptions = {
    manifest: rig.path("pipeline.ts"),
    workspace: rig.root,
    tasks: [],
    params: {},
    extra: [],
    dry: false,
    force: false,
    keepGoing: true,
    adopt: false,
    cacheRead: true,
    cacheWrite: true,
    lockWait: 0,
    replay: false,
    command: "inc run",
    signal: new AbortController().signal,
    ...(executor === undefined ? {} : { executor }),
    ...more,
  };
  const lock = { command: "inc run", lockWait: 0, signal: options.signal, emit };
  const ended = await withLoaded(options, lock, async (loaded, journal) => {
    const ran = await runLoaded(loaded, journal, options, emit);
    if (!ran.ok) return ran;
    const { store, graph } = loaded;
    const records = new Map(
      graph.tasks.flatMap(({ id }) => {
        const [record] = store.history.records(graph.manifest, id, 1);
        return record === undefined ? [] : [[id, record] as const];
      }),
    );
    const logs = new Map(
      [...records].map(([id, { log }]) => [id, log === undefined ? "" : `${store.blobs.read(log)}`]),
    );
    return { ok: true, value: { summary: ran.value, events, records, logs } };
  });
  if (ended === "interrupted" || !ended.ok) throw new Error(JSON.stringify(ended));
  return ended.value;
}

/** Files, sets, units, a response file, a directory, streams, a working directory, a depfile, variables, an object. */
export const PIPELINE = `
const region = param("region", "eu");
const texts = files("data/*.txt");
export const sorted = each(texts, (text) => task(sh\`sort \${text} > \${out(\`build/sorted/\${text.stem}.txt\`)}\`));
export const merged = task(sh\`xargs cat < \${sh.list(sorted)} > \${out("build/merged.txt")}\`);
export const upper = task(exec(["tr", "a-z", "A-Z"], { stdin: merged, stdout: out("build/upper.txt") }));
export const site = task(
  sh\`mkdir -p \${out("site/")}/pages; cp \${texts} ../site/pages; cp \${merged} ../site; echo "$REGION" > ../site/region; chmod +x ../site/region\`,
  { cwd: "web", inputs: [file("web/style.css")], env: { REGION: region } },
);
export const index = task(sh\`find \${site} -type f | LC_ALL=C sort > \${out("build/index")}; echo indexed\`);
export const unit = task(
  sh\`cat src/main.c src/lib.h > \${out("build/main.o")}; echo "build/main.o: src/main.c src/lib.h" > \${depfile("build/main.d")}\`,
  { inputs: [files("src/*")] },
);
export const scored = task(sh\`wc -c < \${object("model")} > \${out("build/score")}\`);
`;
export const FILES = {
  "data/b.txt": "pear\napple\n",
  "data/a.txt": "plum\nfig\n",
  "web/style.css": "p {}\n",
  "src/main.c": "int main;\n",
  "src/lib.h": "int lib;\n",
  "model.bin": "weights",
};
export const MADE = [
  "build/sorted/a.txt",
  "build/sorted/b.txt",
  "build/merged.txt",
  "build/upper.txt",
  "site/pages/a.txt",
  "site/merged.txt",
  "site/region",
  "build/index",
  "build/main.o",
  "build/score",
];
