import { EventEmitter } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FunctionDescriber } from "../../../src/manifest/captured/describe.ts";
import { type FunctionPlace, ValueInspector } from "../../../src/manifest/captured/inspector.ts";
import type { Digest } from "../../../src/model/digest.ts";

let inspector: ValueInspector;

beforeAll(() => {
  inspector = new ValueInspector();
});

afterAll(() => inspector.close());

/** Code by its place, as if each function here captured `value` and `other`. */
const codeAt = ({ line, column }: FunctionPlace) => ({
  digest: `${line}:${column}` as Digest,
  captured: ["value", "other"],
});

/** A function that captured a value. */
const holding = (value: unknown) => () => value;

function described(of: (...args: never[]) => unknown): { readonly text: string; readonly problems: readonly string[] } {
  const { described: content, problems } = new FunctionDescriber(inspector, codeAt).describe(of, undefined);
  return { text: JSON.stringify(content), problems: problems.map(({ message }) => message) };
}

class Point {
  #secret: number;
  readonly x: number;
  constructor(x: number, secret = 0) {
    this.x = x;
    this.#secret = secret;
  }
  get sum(): number {
    return this.x + this.#secret;
  }
}

class Other {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
}

const cycle = (x: number): object => {
  const all: Record<string, unknown> = { x };
  all["self"] = { all };
  return all;
};

const add = (a: number, b: number): number => a + b;

describe("values that differ have other descriptions, and equal ones the same", () => {
  test.each<[string, () => unknown, () => unknown]>([
    ["numbers", () => 1, () => 2],
    ["zeros", () => 0, () => -0],
    ["a number and its text", () => 1, () => "1"],
    ["a number and a bigint", () => 1, () => 1n],
    ["null and undefined", () => null, () => undefined],
    ["infinities", () => Number.POSITIVE_INFINITY, () => Number.NEGATIVE_INFINITY],
    ["symbols", () => Symbol.for("a"), () => Symbol.for("b")],
    ["arrays", () => [1, [2]], () => [1, [3]]],
    ["a hole and undefined", () => new Array(1), () => [undefined]],
    ["objects", () => ({ a: { b: 1 } }), () => ({ a: { b: 2 } })],
    ["an object without a prototype", () => Object.create(null), () => ({})],
    ["keys that are symbols", () => ({ [Symbol.for("k")]: 1 }), () => ({ [Symbol.for("k")]: 2 })],
    ["maps", () => new Map([["a", 1]]), () => new Map([["a", 2]])],
    ["sets", () => new Set([1]), () => new Set([2])],
    ["dates", () => new Date(0), () => new Date(1)],
    ["regular expressions", () => /a/g, () => /a/i],
    ["bytes", () => new Uint8Array([1]), () => new Uint8Array([2])],
    ["addresses", () => new URL("http://a/"), () => new URL("http://b/")],
    ["errors", () => new Error("a"), () => new Error("b")],
    ["fields of objects of a class", () => new Point(1), () => new Point(2)],
    ["private fields", () => new Point(1, 1), () => new Point(1, 2)],
    ["classes", () => new Point(1), () => new Other(1)],
    ["objects that hold themselves", () => cycle(1), () => cycle(2)],
    ["one object twice, and two that are alike", () => twice({ a: 1 }), () => [{ a: 1 }, { a: 1 }]],
    ["functions", () => () => 1, () => () => 2],
    ["what functions captured", () => holding(1), () => holding(2)],
    ["properties of functions", () => Object.assign(() => 1, { a: 1 }), () => Object.assign(() => 1, { a: 2 })],
    ["functions of Node", () => Math.max, () => Math.min],
    ["arguments that are bound", () => add.bind(null, 1), () => add.bind(null, 2)],
    ["classes that are called as one of the platform", () => new NAMESAKES[0](), () => new NAMESAKES[1]()],
    ["emitters", () => Object.assign(new EventEmitter(), { a: 1 }), () => Object.assign(new EventEmitter(), { a: 2 })],
  ])("%s", (_, one, another) => {
    expect(described(holding(one())).problems).toEqual([]);
    expect(described(holding(one())).text).toBe(described(holding(one())).text);
    expect(described(holding(another())).text).not.toBe(described(holding(one())).text);
  });
});

/** Two classes. */
const NAMESAKES = [
  class Buffer {
    get(): number {
      return 1;
    }
  },
  class Buffer {
    get(): number {
      return 2;
    }
  },
] as const;

function twice(value: object): readonly object[] {
  return [value, value];
}

test.each<[string, () => unknown, string]>([
  ["a promise", () => Promise.resolve(1), "a promise"],
  ["a proxy", () => new Proxy({}, {}), "a proxy"],
  ["a weak map", () => new WeakMap(), "a weak collection"],
  ["a generator", () => (function* () {})(), "a generator that has begun"],
  ["a function of text", () => new Function("return 1"), "a function that was made from text"],
  ["an object with state that cannot be read", () => new Intl.NumberFormat("en"), "an object of NumberFormat"],
])("%s cannot be tracked, and is named with the way to it", (_, value, what) => {
  const { problems } = described(holding({ inner: [value()] }));
  expect(problems).toEqual([`the function of a task captures "value.inner[0]", ${what}, which cannot be tracked`]);
});
