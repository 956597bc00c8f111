import { machine } from "../../execute/machine.ts";
import { VERSION } from "../../host/inc-version.ts";
import { socketAt } from "../../host/net/socket-path.ts";
import { findManifest } from "../../manifest/find.ts";
import type { NoopRequest } from "../../run/noop.ts";
import { storeDirectory } from "../../workspace/directory.ts";
import { digestedEnvironment } from "../../workspace/request.ts";
import { type Answer, type Question, readAnswer, watchSocket } from "./protocol.ts";

/** How long a command waits for a watch before it does its own work, in milliseconds. */
const PATIENCE = 250;

export type FreshAnswer = Extract<Answer, { readonly answer: "fresh" }>;

/**
 * Asks the watch of a workspace whether everything that a command wants is fresh, which saves the command a look at
 * the tree. Undefined: there is no watch, it does not know, it hangs, or it is of another version. The command then
 * looks for itself, and prints nothing about it.
 */
export async function askWatch(command: Question["command"], request: NoopRequest): Promise<FreshAnswer | undefined> {
  const found = findManifest(request.cwd, request.manifest);
  if (!found.ok) return undefined;
  const socket = socketAt(watchSocket(storeDirectory(found.value.workspace)));
  if (socket === undefined) return undefined;
  const { askLine } = await import("../../host/net/ask-line.ts");
  const { tasks, params } = request;
  const salt = `${process.pid}.${process.hrtime.bigint()}`;
  const env = digestedEnvironment(salt);
  const asked = { command, ...found.value, machine: machine(), tasks, params };
  const question: Question = { inc: VERSION, ...asked, salt, env };
  const line = await askLine(socket, JSON.stringify(question), PATIENCE);
  const answer = line === undefined ? undefined : readAnswer(line, VERSION);
  return answer?.answer === "fresh" ? answer : undefined;
}
