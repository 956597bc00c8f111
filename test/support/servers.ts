import { createServer } from "node:net";
import type { Rig } from "./rig.ts";

/**
 * A server that answers with a word and reports its start to the gate of the test. Released by the gate, it crashes with
 * code 3.
 */
const SERVER = `import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
const [name, port, word] = process.argv.slice(2);
const gate = connect(".gate.sock");
gate.write(name + "\\n");
gate.once("data", () => {
  console.error("out of order");
  process.exit(3);
});
const text = word === undefined ? name : readFileSync(word, "utf8");
createServer((request, response) => response.end(text)).listen(Number(port), "127.0.0.1", () => console.log(name + " listens"));
`;

/** Prints the answer of a server. */
const GET = `const response = await fetch("http://127.0.0.1:" + process.argv[2]);
process.stdout.write(await response.text());
`;

/** Puts `server.mjs NAME PORT [FILE]` and `get.mjs PORT` into a workspace. */
export function addServer(rig: Rig): void {
  rig.write("server.mjs", SERVER);
  rig.write("get.mjs", GET);
}

/** A port on which no process listens. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === "object" ? address.port : 0));
    });
  });
}

interface Event {
  readonly kind: string;
  readonly service?: string;
  readonly cause?: string;
  readonly task?: string;
  readonly result?: string;
}

/** The events of services and tasks in order, as `web started`; without fresh tasks and output. @param lines JSON events. */
export function storyOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const { kind, service, cause, task, result } = JSON.parse(line) as Event;
    if (kind === "task-ended") return result === "fresh" ? [] : [`${task} ${result}`];
    if (kind === "service-ended") return [`${service} ${cause}`];
    return kind === "service-started" || kind === "service-ready" ? [`${service} ${kind.slice(8)}`] : [];
  });
}

/** The lines that a command printed. */
export function linesOf({ stdout }: { readonly stdout: string }): string[] {
  return stdout.split("\n").filter((line) => line !== "");
}

/** Writes a pipeline with a service `web`, a task that asks it, and one that does not. @param use How the first task needs it. */
export function withWeb(rig: Rig, port: number, use = "inputs: [web]"): void {
  rig.write("word.txt", "hi");
  rig.manifest(`
export const web = service(sh\`node server.mjs web ${port} \${file("word.txt")}\`, { ready: { port: ${port} } });
export const check = task(sh\`node get.mjs ${port} > \${out("build/got")}\`, { ${use} });
export const other = task(sh\`echo other > \${out("build/other")}\`);`);
}
