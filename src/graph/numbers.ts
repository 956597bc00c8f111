const DECIMAL = /^([+-]?)(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?$/;
const INTEGER = /^(?:-?\d+|0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/;

/**
 * The number that a text writes in JavaScript's syntax; "inexact" when a 64-bit float cannot hold it, so that another
 * number would be used than the one that was typed: 9007199254740993 would be …992. Undefined: it is no number.
 */
export function exactNumber(text: string): number | "inexact" | undefined {
  const number = Number(text);
  if (INTEGER.test(text) && Number.isFinite(number) && BigInt(number) === BigInt(text)) return number;
  const typed = scientific(text);
  if (typed === undefined) return INTEGER.test(text) ? "inexact" : undefined;
  return Number.isFinite(number) && scientific(String(number)) === typed ? number : "inexact";
}

/** The one way to write a decimal number: `12300`, `1.23e4` and `0012300.0` give `123e2`; zero has no sign. */
function scientific(text: string): string | undefined {
  const [, sign, mantissa, exponent = "0"] = DECIMAL.exec(text) ?? [];
  if (mantissa === undefined) return undefined;
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const scale = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign === "-" ? "-" : ""}${significant}e${scale}`;
}
