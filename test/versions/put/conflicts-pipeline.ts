/** A manifest with a published object for each way to resolve a conflict. */
export const OBJECTS = `
const rates = object("rates", { conflict: { merge: "json" } });
const notes = object("notes", { conflict: { merge: "text" } });
const names = object("names", { conflict: { merge: "union" } });
const count = object("count", { conflict: { merge: (base, ours, theirs) => {
  if (String(theirs) === "x") throw new Error("x is no number");
  return String(Number(Buffer.from(ours)) + Number(Buffer.from(theirs)) - Number(Buffer.from(base)));
} } });
const last = object("last", { conflict: "last-write-wins" });
const first = object("first");
export const report = task(sh\`cat \${rates} > \${out("b/report")}\`);
export const upper = task(sh\`tr a-z A-Z < \${report} > \${out("b/upper")}\`);
`;
