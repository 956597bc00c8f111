import { randomHex } from "../../host/random.ts";

/** `20261123T150933123-4f2a9c`: unique, and sorts behind the one before, also when the clock went back. */
export function newRunId(before: string | undefined): string {
  const digits = new Date().toISOString().replace(/[-:.]/g, "").slice(0, 18);
  const time = before === undefined || before < digits ? digits : before.slice(0, 18).replace(/\d+$/, increment);
  return `${time}-${randomHex(3)}`;
}

/** The next number of as many digits. */
function increment(digits: string): string {
  return String(Number(digits) + 1).padStart(digits.length, "0");
}
