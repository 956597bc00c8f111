import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { fromQuietDisk } from "./peers/contestants.ts";
import { ColdStarts, incWith, TURBO_TOKEN, turboWith } from "./shared/cold-start.ts";
import { CurlFloor } from "./shared/floors.ts";
import { type SharedServer, startHungServer, startNginx, startTurboServer, startVersitygw } from "./shared/servers.ts";
import { makePayload, PAYLOADS, Transfers } from "./shared/transfers.ts";
import { type Contestant, compare } from "./timing/rounds.ts";

/**
 * The shared cache: moving bytes beside curl on the same server, and the cold start of a CI job beside Turborepo.
 *
 *     --peers DIRECTORY   where npm has installed turborepo-remote-cache (or INC_BENCH_PEERS)
 *     --only WORDS   only the lines that contain these words
 *     --limit 60   seconds after which a line gets no further round, except for the first three
 */
const { values: flags } = parseArgs({
  options: {
    peers: { type: "string" },
    only: { type: "string", default: "" },
    limit: { type: "string", default: "60" },
  },
});
const limit = Number(flags.limit) * 1000;
let isWrong = false;

console.log(
  `node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}; medians of alternating rounds, ms`,
);
console.log("work | inc | others | inc in multiples of them");
await measureTransfers();
for (const tasks of [100, 1000]) await measureColdStarts(tasks);
if (isWrong) process.exit(1);

async function measureTransfers(): Promise<void> {
  for (const start of [startNginx, startVersitygw]) {
    const server = await start();
    if (typeof server === "string") {
      console.log(server);
      continue;
    }
    Object.assign(process.env, server.env);
    try {
      for (const payload of PAYLOADS) await measurePayload(server, payload);
    } finally {
      await server.stop();
    }
  }
}

async function measurePayload(server: SharedServer, of: (typeof PAYLOADS)[number]): Promise<void> {
  const work = (way: string): string => `${way} ${of.name}, ${server.name}`;
  if (!isWanted(work("put")) && !isWanted(work("get"))) return;
  const payload = makePayload(of);
  const transfers = new Transfers(payload);
  const one = new CurlFloor(payload, server.curl, true);
  const each = payload.files.length > 1 ? new CurlFloor(payload, server.curl, false) : undefined;
  const floors = [["curl", one], ...(each === undefined ? [] : [["curl, each file", each] as const])] as const;
  const change = async (): Promise<void> => server.empty();
  const contestant = (name: string, turn: () => Promise<number> | number): Contestant => ({
    name,
    turn: async () => ({ time: await turn() }),
  });
  try {
    await line(work("put"), [
      { ...contestant("inc", () => transfers.put(server.address)), change },
      ...floors.map(([name, floor]) => ({ ...contestant(name, () => floor.put()), change })),
    ]);
    await transfers.put(server.address);
    for (const [, floor] of floors) floor.put();
    await line(work("get"), [
      contestant("inc", () => transfers.get(server.address)),
      ...floors.map(([name, floor]) => contestant(name, () => floor.get())),
    ]);
  } finally {
    await transfers.end();
    for (const [, floor] of floors) floor.end();
  }
}

async function measureColdStarts(tasks: number): Promise<void> {
  const work = [`cold start, ${tasks} tasks`, `cold start, ${tasks} tasks, the server hangs`] as const;
  if (isWanted(work[0])) {
    const turbo = await startTurboServer(flags.peers ?? process.env["INC_BENCH_PEERS"], TURBO_TOKEN);
    const server = await startNginx();
    if (typeof turbo === "string") console.log(turbo);
    if (typeof server === "string") return console.log(server);
    const tools = [incWith(server.address), ...(typeof turbo === "string" ? [] : [turboWith(turbo.url)])];
    const starts = new ColdStarts(tools, tasks);
    try {
      await starts.fill();
      await line(work[0], starts.contestants(0));
    } finally {
      starts.end();
      await server.stop();
      if (typeof turbo !== "string") await turbo.stop();
    }
  }
  if (!isWanted(work[1])) return;
  const hung = await startHungServer();
  const starts = new ColdStarts([incWith(hung.url), turboWith(hung.url.replace(/\/$/, ""))], tasks);
  try {
    await line(work[1], starts.contestants(tasks));
  } finally {
    starts.end();
    hung.stop();
  }
}

async function line(work: string, contestants: readonly Contestant[]): Promise<void> {
  if (!isWanted(work)) return;
  const { measured, failures } = await compare(contestants.map(fromQuietDisk), limit);
  const [inc, ...others] = [...measured];
  const time = inc?.[1].time ?? Number.NaN;
  const texts = others.map(([name, summary]) => `${name} ${summary.time.toFixed(0)}`);
  const ratios = others.map(([name, summary]) => `${name} ${(time / summary.time).toFixed(2)}`);
  console.log(`${work} | ${time.toFixed(0)} | ${texts.join(", ")} | ${ratios.join(", ")}`);
  for (const [name, message] of failures) {
    isWrong = true;
    console.log(`ERROR: ${name}: ${message}`);
  }
}

function isWanted(work: string): boolean {
  return work.includes(flags.only);
}
