// @ts-check
/** @import { BarPicture } from "../../pictures.ts" */
import { SIGNS } from "./states.js";

/** @param {number} milliseconds */
export function span(milliseconds) {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/**
 * @param {BarPicture["result"]} result
 * @param {string} name
 */
export function withSign(result, name) {
  const sign = result === "would-run" || result === "would-restore" ? "·" : SIGNS[result];
  return `${sign} ${name}`;
}
