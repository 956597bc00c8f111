import {
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Contained } from "../../../src/host/files/contained.ts";
import { SymlinkError } from "../../../src/host/files/descend.ts";
import { pictureOf } from "../../support/picture.ts";

let base: string;
let root: string;
let outside: string;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "inc-contained-")));
  root = join(base, "root");
  outside = join(base, "outside");
  mkdirSync(join(root, "a/b"), { recursive: true });
  mkdirSync(join(outside, "b"), { recursive: true });
  writeFileSync(join(root, "a/b/f"), "inside");
  writeFileSync(join(outside, "b/f"), "outside");
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

const beside = (place: string): string => `${place}.new`;

describe.each([
  ["by descriptors", process.platform === "linux"],
  ["by checking paths", false],
])("%s", (_, descriptors) => {
  const tree = (): Contained => new Contained(root, descriptors);

  test("paths in the directory are changed, and missing parents are made", () => {
    tree().symlink("to", "x/y/link", beside);
    tree().makeDirectory("p/q");
    const file = tree().open("p/q/f", constants.O_WRONLY | constants.O_CREAT);
    writeSync(file, "text");
    tree().chmod("p/q/f", 0o640);
    tree().within("p/new", (inside) => inside.symlink("t", "deep/l", beside));
    expect(readlinkSync(join(root, "x/y/link"))).toBe("to");
    expect(readFileSync(join(root, "p/q/f"), "utf8")).toBe("text");
    expect(lstatSync(join(root, "p/q/f")).mode & 0o777).toBe(0o640);
    expect(readlinkSync(join(root, "p/new/deep/l"))).toBe("t");
    expect([tree().removeEmpty("p"), tree().removeEmpty("a/b/f")]).toEqual([false, false]);
    tree().remove("p");
    tree().remove("x/y/link");
    expect([tree().removeEmpty("x/y"), tree().removeEmpty("x")]).toEqual([true, true]);
    expect(readdirSync(root)).toEqual(["a"]);
  });

  test("removing a missing path does nothing", () => {
    for (const path of ["no", "no/no", "a/b/f/no"]) tree().remove(path);
    expect(pictureOf(root)).toHaveProperty("a/b/f");
  });

  test("no operation goes through a symlink on the way", () => {
    symlinkSync(outside, join(root, "l"));
    symlinkSync("../../outside/b", join(root, "a/m"));
    const before = pictureOf(base);
    for (const path of ["l/b/f", "l/b", "l/new", "a/m/f", "a/m/new"]) {
      const link = path.startsWith("l") ? "l" : "a/m";
      const acts: ((tree: Contained) => unknown)[] = [
        (at) => at.remove(path),
        (at) => at.vacate(path),
        (at) => at.makeDirectory(`${path}/x`),
        (at) => at.symlink("t", path, beside),
        (at) => at.open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC),
        (at) => at.chmod(path, 0o600),
        (at) => at.at(path, (place) => writeFileSync(place, "x"), true),
        (at) => at.within(path, (inside) => inside.remove("f")),
      ];
      for (const act of acts) expect(() => act(tree())).toThrow(new SymlinkError(link));
      expect(tree().removeEmpty(path)).toBe(false);
    }
    expect(pictureOf(base)).toEqual(before);
  });

  test("a symlink at the last name is not followed", () => {
    symlinkSync(join(outside, "b/f"), join(root, "f"));
    symlinkSync(outside, join(root, "d"));
    expect(() => tree().open("f", constants.O_WRONLY | constants.O_TRUNC)).toThrow(/ELOOP/);
    expect(() => tree().chmod("f", 0o600)).toThrow(new SymlinkError("f"));
    expect(() => tree().makeDirectory("d")).toThrow(new SymlinkError("d"));
    const before = pictureOf(outside);
    tree().symlink("t", "f", beside);
    tree().remove("d");
    tree().remove("f");
    expect(pictureOf(outside)).toEqual(before);
    expect(readdirSync(root)).toEqual(["a"]);
  });

  test("removing a directory removes the symlinks in it, not their targets", () => {
    symlinkSync(outside, join(root, "a/b/l"));
    symlinkSync("..", join(root, "a/b/up"));
    const before = pictureOf(outside);
    tree().remove("a");
    expect(pictureOf(outside)).toEqual(before);
    expect(readdirSync(root)).toEqual([]);
  });

  test("a path that leads upward, or is malformed, is refused", () => {
    for (const path of ["", ".", "..", "../outside", "a/../../outside", "/etc", "a//b", "a/.", "a\0b"])
      expect(() => tree().remove(path)).toThrow(RangeError);
  });

  test("names that are not UTF-8, and read-only directories, are removed as well", () => {
    mkdirSync(join(root, "a/ro"));
    writeFileSync(Buffer.concat([Buffer.from(join(root, "a/ro/")), Buffer.from([0xff, 0xfe])]), "");
    chmodSync(join(root, "a/ro"), 0o555);
    chmodSync(join(root, "a/b"), 0o000);
    tree().remove("a");
    expect(existsSync(join(root, "a"))).toBe(false);
  });

  test("errors name the absolute path", () => {
    expect(() => tree().at("a/b", (place) => readFileSync(`${place}/no`))).toThrow(`'${join(root, "a/b/no")}'`);
    expect(() => tree().at("no/x", () => {})).toThrow(`'${join(root, "no")}'`);
    expect(() => tree().within("a/b", (inside) => inside.at("no/f", () => {}))).toThrow(`'${join(root, "a/b/no")}'`);
    expect(() => tree().makeDirectory("a/b/f/x")).toThrow(/ENOTDIR/);
  });
});

test.runIf(process.platform === "linux")("a symlink that appears during an operation does not lead out", () => {
  const before = pictureOf(outside);
  new Contained(root).at("a/b/f", (place) => {
    renameSync(join(root, "a"), join(root, "moved"));
    symlinkSync(outside, join(root, "a"));
    writeFileSync(place, "changed");
  });
  expect(pictureOf(outside)).toEqual(before);
  expect(readFileSync(join(root, "moved/b/f"), "utf8")).toBe("changed");
});

test("without descriptors, a symlink that appears during an operation is noticed", () => {
  const swap = (place: string): void => {
    renameSync(join(root, "a"), join(root, "moved"));
    symlinkSync(outside, join(root, "a"));
    expect(place).toBe(join(root, "a/b/f"));
  };
  expect(() => new Contained(root, false).at("a/b/f", swap)).toThrow(SymlinkError);
});
