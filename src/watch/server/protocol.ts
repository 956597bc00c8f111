import { join } from "node:path";
import { readJson } from "../../content/read-json.ts";
import type { UsedCluster } from "../../execute/ray/cluster-notice.ts";
import type { RunningService } from "../../services/journal.ts";

/** Where watch listens: in a directory that only the owner may enter. */
export function watchSocket(directory: string): string {
  return join(directory, "watch", "socket");
}

/** What a command asks a watch of the same workspace, as one line of JSON. */
export interface Question {
  /** The version of inc that asks. */
  readonly inc: string;
  readonly command: "run" | "status";
  /** Absolute, as the working directory and the arguments of the command lead to them. */
  readonly workspace: string;
  readonly manifest: string;
  /** See `machine`: that of the command. */
  readonly machine: string;
  readonly tasks: readonly string[];
  readonly params: Readonly<Record<string, string>>;
  /** Makes the digests of this question different from those of all others. */
  readonly salt: string;
  /**
   * Every variable, because only the snapshot says which ones count; by salted digest (`envDigest`), so that the
   * listener learns no value that it does not know already.
   */
  readonly env: readonly (readonly [name: string, digest: string])[];
}

/** The answer of watch, as one line of JSON. `look`: the command has to look for itself. */
export type Answer =
  | { readonly inc: string; readonly answer: "look" }
  | {
      readonly inc: string;
      readonly answer: "fresh";
      /** How many tasks are selected, all of them fresh. */
      readonly fresh: number;
      /** How long their results took to make, in milliseconds. */
      readonly saved: number;
      /** The latest run in this workspace; only for `inc status`, which shows it. */
      readonly latest?: LatestRun;
      /** The services that run in this workspace, likewise. Absent: none. */
      readonly services?: readonly RunningService[];
      /** The clusters that are in use for it, likewise. Absent: none. */
      readonly clusters?: readonly UsedCluster[];
    };

export interface LatestRun {
  /** Milliseconds since the epoch. */
  readonly started: number;
  readonly exit?: number;
  readonly argv: readonly string[];
}

/** Undefined: the line is not a question. */
export function readQuestion(line: string): Question | undefined {
  const value = parse(line);
  const { inc, command, workspace, manifest, machine, tasks, params, salt, env } = value ?? {};
  const isQuestion =
    [inc, workspace, manifest, machine, salt].every(isText) &&
    (command === "run" || command === "status") &&
    Array.isArray(tasks) &&
    tasks.every(isText) &&
    isTexts(params) &&
    Array.isArray(env) &&
    env.every((item) => Array.isArray(item) && item.length === 2 && item.every(isText));
  return isQuestion ? (value as unknown as Question) : undefined;
}

/** Undefined: the line is not an answer, or it comes from another version of inc. */
export function readAnswer(line: string, version: string): Answer | undefined {
  const value = parse(line);
  if (value?.["inc"] !== version) return undefined;
  const { answer, fresh, saved, latest, services = [], clusters = [] } = value;
  const isFresh = answer === "fresh" && typeof fresh === "number" && typeof saved === "number";
  const isShown = (latest === undefined || isRun(latest)) && isServices(services) && isClusters(clusters);
  const isAnswer = answer === "look" || (isFresh && isShown);
  return isAnswer ? (value as unknown as Answer) : undefined;
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = readJson(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isRun(value: unknown): boolean {
  return isRecord(value) && typeof value["started"] === "number" && Array.isArray(value["argv"]);
}

function isServices(value: unknown): boolean {
  const isService = (item: unknown): boolean =>
    isRecord(item) && isText(item["service"]) && typeof item["pid"] === "number";
  return Array.isArray(value) && value.every(isService);
}

function isClusters(value: unknown): boolean {
  const isThere = (item: unknown): boolean =>
    isRecord(item) && isText(item["task"]) && isText(item["host"]) && typeof item["since"] === "number";
  const isCluster = (item: unknown): boolean =>
    isRecord(item) &&
    typeof item["pid"] === "number" &&
    isText(item["address"]) &&
    [item["nodes"], item["running"]].every(Array.isArray) &&
    (item["nodes"] as unknown[]).every(isText) &&
    (item["running"] as unknown[]).every(isThere);
  return Array.isArray(value) && value.every(isCluster);
}

function isTexts(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}
