import { mkdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { isFeatureAvailable, restoreCache } from "@actions/cache";
import { exportVariable, getInput, info, saveState, warning } from "@actions/core";
import { cachePlaceOf } from "./cache-place.ts";
import { inTime, runStep } from "./entry.ts";
import { STATE } from "./state.ts";
import { forgetUses } from "./uses.ts";

/** How long the question may take whether something is saved, in milliseconds. */
const LOOK_UP = 10_000;
/** How long it may take to come. */
const DOWNLOAD = 120_000;

/** Before the job's steps: brings what the latest run saved, and has the runs of inc look there. */
async function restore(): Promise<void> {
  const { INC_REMOTE: remote = "" } = process.env;
  if (remote !== "")
    return info("inc: INC_REMOTE names a shared cache already; the cache of GitHub Actions is not used");
  if (!isFeatureAvailable()) return warning("inc: this runner has no cache of GitHub Actions; results are not shared");
  const { directory, key, prefix } = cachePlaceOf(process.env, getInput("variant"));
  mkdirSync(directory, { recursive: true });
  const bring = (lookupOnly: boolean): Promise<string | undefined> =>
    restoreCache([directory], key, [prefix], { lookupOnly });
  const found = await inTime(bring(true), LOOK_UP, "asking the cache of GitHub Actions");
  const restored = found === undefined ? undefined : await inTime(bring(false), DOWNLOAD, "bringing what is saved");
  info(restored === undefined ? "inc: there are no saved results" : `inc: brought the results saved as ${restored}`);
  saveState(STATE.content, forgetUses(directory));
  saveState(STATE.restored, restored ?? "");
  saveState(STATE.isOn, "true");
  exportVariable("INC_REMOTE", pathToFileURL(directory).href);
}

await runStep(restore);
