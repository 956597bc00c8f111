import { existsSync } from "node:fs";
import { saveCache } from "@actions/cache";
import { getInput, getState, info } from "@actions/core";
import { mayRunPullRequest } from "../store/remote/trust/ci-scope.ts";
import { cachePlaceOf } from "./cache-place.ts";
import { inTime, runStep } from "./entry.ts";
import { STATE } from "./state.ts";
import { contentOf, removeUnused } from "./uses.ts";

/** How long it may take to save, in milliseconds. */
const UPLOAD = 300_000;

/** After the job's steps: saves what its runs used and made, and nothing else, so that it does not grow from run to run. */
async function save(): Promise<void> {
  if (getState(STATE.isOn) === "") return;
  // What a pull request made must reach no other, and is of use to its own next run only. For some events the cache even counts as
  // that of the default branch, from which all others read.
  if (mayRunPullRequest(process.env)) return info("inc: what may run the code of a pull request saves nothing");
  const { directory, key } = cachePlaceOf(process.env, getInput("variant"));
  if (getState(STATE.restored) === key) return info("inc: the results of this commit are saved already");
  const used = existsSync(directory) ? await removeUnused(directory, Date.now()) : 0;
  if (used === 0) return info("inc: no run used a shared result, so none is saved");
  if (contentOf(directory) === getState(STATE.content)) return info("inc: there is nothing new to save");
  await inTime(saveCache([directory], key), UPLOAD, "saving");
  info(`inc: saved ${used} results as ${key}`);
}

await runStep(save);
