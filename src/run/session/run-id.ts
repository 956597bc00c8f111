/** `20261123T150933123-4f2a9c`: unique, and sorts behind the one before, also when the clock went back. */
export function newRunId(before: string | undefined): string {
  // Loads the module when it is used: most commands make no id.
  const { randomBytes } = process.getBuiltinModule("node:crypto");
  const digits = new Date().toISOString().replace(/[-:.]/g, "").slice(0, 18);
  const time = before === undefined || before < digits ? digits : before.slice(0, 18).replace(/\d+$/, increment);
  return `${time}-${randomBytes(3).toString("hex")}`;
}

/** The next number of as many digits. */
function increment(digits: string): string {
  return String(Number(digits) + 1).padStart(digits.length, "0");
}
