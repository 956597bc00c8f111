import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Paints a text, if the caller has decided that its stream gets colors. */
export function paint(style: Style, text: string, color: boolean): string {
  return color ? styleText(style, text, { validateStream: false }) : text;
}

/**
 * Decides whether a stream gets colors: by FORCE_COLOR, then NO_COLOR and TERM=dumb, then by whether it is a
 * terminal.
 */
export function wantsColor(env: Readonly<Record<string, string | undefined>>, stream: { isTTY?: boolean }): boolean {
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "") return env.FORCE_COLOR !== "0";
  if ((env.NO_COLOR ?? "") !== "" || env.TERM === "dumb") return false;
  return stream.isTTY === true;
}
