/** A JSON value, and the first number of it that JavaScript cannot hold exactly, as it was written. */
export interface ParsedJson {
  readonly value: unknown;
  readonly inexact?: string;
}

/** Throws what JSON.parse throws. */
export function parseJson(text: string): ParsedJson {
  let inexact: string | undefined;
  const value: unknown = JSON.parse(text, ((_: string, item: unknown, context?: { source?: string }) => {
    if (typeof item === "number" && context?.source !== undefined && !isExact(context.source, item))
      inexact ??= context.source;
    return item;
  }) as (key: string, value: unknown) => unknown);
  return { value, ...(inexact === undefined ? {} : { inexact }) };
}

/** True when writing the number gives the same value that was read, digit by digit where it is an integer. */
function isExact(source: string, value: number): boolean {
  if (!Number.isFinite(value) || Object.is(value, -0)) return false;
  if (/^-?\d+$/.test(source)) return Number.isSafeInteger(value) || BigInt(source) === BigInt(value);
  const digits = source.replace(/e.*$/i, "").replace(/^-?0*\.?0*|\./g, "");
  return digits.length <= 17;
}
