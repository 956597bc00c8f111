import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const PACKAGE = fileURLToPath(new URL("../../../src/execute/ray", import.meta.url));
const isThere = spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 10))"]).status === 0;
if (!isThere) console.log("skipped: the placement of attempts on Ray: there is no Python 3.10 here");

/** Begins with three nodes of two CPUs and a clock that stands; `chosen(held, **request)` says which node is chosen. */
const BEGIN = `
import sys
sys.path.insert(0, sys.argv[1])
from driver.placement import AVOIDED, HEAVY, Placement
clock = [0.0]
placement = Placement(lambda: clock[0])
nodes = [{"id": name, "resources": {"CPU": 2, **more}} for name, more in (("a", {}), ("b", {"gpu": 1}), ("c", {"gpu": 1}))]
def chosen(held, **request):
    print(placement.choose(held, {"CPU": 1, **request}, nodes))
`;

function said(program: string): readonly string[] {
  const { stdout, stderr } = spawnSync("python3", ["-B", "-c", BEGIN + program, PACKAGE], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.trim().split("\n");
}

describe.skipIf(!isThere)("the node that an attempt is sent to", () => {
  test("has most of its inputs, if that is much, and what it asks for", () => {
    const program = `
chosen({})
chosen({"a": HEAVY - 1})
chosen({"a": HEAVY, "b": 2 * HEAVY, "c": 3 * HEAVY, "gone": 4 * HEAVY})
chosen({"a": 3 * HEAVY, "b": HEAVY}, gpu=1)
chosen({"a": 3 * HEAVY}, gpu=1)
chosen({"a": 3 * HEAVY}, CPU=3)
chosen({"a": HEAVY}, gpu=0)
`;
    expect(said(program)).toEqual(["None", "None", "c", "b", "None", "None", "a"]);
  });

  test("has room beside what was sent there, and what has begun there", () => {
    const program = `
held = {"a": 2 * HEAVY, "b": HEAVY}
placement.take("1", "a", {"CPU": 1})
chosen(held)
placement.take("2", "a", {"CPU": 1})
chosen(held)
placement.began("2", "b", {"CPU": 1})
chosen(held)
placement.began("3", "a", {"CPU": 1})
placement.began("4", "b", {"CPU": 1})
chosen(held)
placement.leave("4")
chosen(held)
placement.leave("1")
placement.leave("1")
chosen(held)
`;
    expect(said(program)).toEqual(["a", "b", "a", "None", "b", "a"]);
  });

  test("is not one that began nothing in time, until it begins something or a while has passed", () => {
    const program = `
held = {"a": 2 * HEAVY, "b": HEAVY}
placement.avoid("a")
chosen(held)
placement.began("1", "a", {"CPU": 1})
chosen(held)
placement.avoid("a")
clock[0] = AVOIDED - 1
chosen(held)
clock[0] = AVOIDED
chosen(held)
`;
    expect(said(program)).toEqual(["b", "a", "b", "a"]);
  });
});
