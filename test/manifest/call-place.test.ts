import { expect, test } from "vitest";
import { CallPlace, settlePlaces } from "../../src/manifest/call-place.ts";

const FILE = "/w/pipeline.ts";

/** A call in line `line`, and how often V8 was asked for it. */
function place(line: number, column: number, asked: { times: number }, file = FILE): CallPlace {
  const getLineNumber = (): number => {
    asked.times += 1;
    return line;
  };
  return new CallPlace(file, { getLineNumber, getColumnNumber: () => column } as NodeJS.CallSite);
}

/** A module of exports, each with a call inside of another one. */
function moduleOf(count: number, asked: { times: number }, shift = 0) {
  const names = Array.from({ length: count }, (_, i) => `t${i}`);
  const text = names.map((name) => `export const ${name} = task(sh\`true\`);`).join("\n");
  const places: CallPlace[] = [];
  const exported = new Map<string, CallPlace>();
  for (const [i, name] of names.entries()) {
    const outer = place(i + 1 + shift, `export const ${name} = `.length + 1, asked);
    places.push(place(i + 1 + shift, 40, asked), outer);
    exported.set(name, outer);
  }
  return { places, exported, text };
}

test("thousands of calls get their lines from the text, and V8 is asked for three", () => {
  const asked = { times: 0 };
  const { places, exported, text } = moduleOf(3000, asked);
  settlePlaces(places, exported, () => text);
  expect(places.map(({ line }) => line)).toEqual(places.map((_, i) => (i >> 1) + 1));
  expect(asked.times).toBe(3);
});

test("V8 is asked for few calls, for a text other than the evaluated one, and for other modules", () => {
  const asked = { times: 0 };
  const few = moduleOf(20, asked);
  settlePlaces(few.places, few.exported, () => expect.unreachable());
  const shifted = moduleOf(3000, asked, 5);
  settlePlaces(shifted.places, shifted.exported, () => shifted.text);
  expect(shifted.places[10]?.line).toBe(11);
  const many = moduleOf(3000, asked);
  const helper = place(7, 3, asked, "/w/helper.ts");
  many.places.splice(100, 0, helper);
  settlePlaces(many.places, many.exported, () => many.text);
  expect(helper.line).toBe(7);
  expect(JSON.stringify(helper)).toBe('{"file":"/w/helper.ts","line":7,"column":3}');
});
