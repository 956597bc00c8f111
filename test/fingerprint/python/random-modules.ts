import type { Random } from "../../oracle/random.ts";

/** Places in the modules whose edit changes what functions do. */
export const MARKS = ["A", "A2", "B", "C", "R", "U", "K", "D"] as const;
export type Mark = (typeof MARKS)[number];

const WORDS = ["red", "green", "blue"];
const MODULES = ["etl", "a", "b", "c", "r"] as const;
type Name = (typeof MODULES)[number];

/** What a module holds that its functions do not notice. */
interface Noise {
  readonly comment: number;
  readonly docstring: number;
  readonly annotation: number;
  readonly neighbour: number;
  readonly isReversed: boolean;
}

const SILENCE: Noise = { comment: 0, docstring: 0, annotation: 0, neighbour: 0, isReversed: false };

/** Python modules under edits, those that matter to a function and those that do not. */
export class PythonModules {
  marks = Object.fromEntries(MARKS.map((mark) => [mark, "red"])) as Record<Mark, string>;
  readonly #random: Random;
  readonly #noise = new Map<Name, Noise>(MODULES.map((name) => [name, SILENCE]));
  /** Where c.py is: beside the others, or in a package. */
  #isDeep = false;

  constructor(random: Random) {
    this.#random = random;
  }

  /** One edit, as a story. */
  edit(): string {
    const roll = this.#random.below(10);
    if (roll < 4) {
      const mark = this.#random.pick(MARKS);
      this.marks = { ...this.marks, [mark]: this.#random.pick(WORDS) };
      return `mark ${mark} ${this.marks[mark]}`;
    }
    if (roll === 4) {
      this.#isDeep = !this.#isDeep;
      return `c.py is ${this.#isDeep ? "in a package" : "beside the others"}`;
    }
    return this.#rustle();
  }

  #rustle(): string {
    const name = this.#random.pick(MODULES);
    const noise = this.#noise.get(name) as Noise;
    const kind = this.#random.pick(["comment", "docstring", "annotation", "neighbour", "isReversed"] as const);
    const changed = kind === "isReversed" ? !noise.isReversed : noise[kind] + 1;
    this.#noise.set(name, { ...noise, [kind]: changed });
    return `noise in ${name}: ${kind} ${changed}`;
  }

  /** Path → content; null: there is no such file. */
  files(): ReadonlyMap<string, string | null> {
    const { marks } = this;
    const c = this.#isDeep ? "deep.c" : "c";
    const text = this.#moduleOf("c", "", [
      define("fc(text)", `return text + "C=${marks.C}|"`),
      `class Tagger:\n    def tag(self, text):\n        return text + "D=${marks.D}|"`,
    ]);
    const a = [define("fa(text)", "return b.fb(text) + MARK"), define("ga(text)", `return text + "A2=${marks.A2}|"`)];
    const b = [
      define("fb(text)", `return c.fc(text) + "B=${marks.B}|"`),
      define("hb(text)", 'return text + TABLE["r"]'),
    ];
    return new Map([
      ["etl.py", this.#tasks(c)],
      ["a.py", this.#moduleOf("a", `import b\nMARK = "A=${marks.A}|"`, a)],
      ["b.py", this.#moduleOf("b", `import ${c} as c\nTABLE = {}`, b)],
      ["r.py", this.#moduleOf("r", "import b", [`b.TABLE["r"] = "R=${marks.R}|"`])],
      ["c.py", this.#isDeep ? null : text],
      ["deep/c.py", this.#isDeep ? text : null],
      ["deep/__init__.py", this.#isDeep ? "" : null],
    ]);
  }

  /** The module with the functions of tasks. @param c Name of that of a helper. */
  #tasks(c: string): string {
    const { U, K } = this.marks;
    const open = 'with open(source) as text, open(out, "w") as made:\n        ';
    const openEach = 'with open(unit["f"]) as text, open(unit["out"], "w") as made:\n            ';
    return this.#moduleOf("etl", `import r\nfrom a import fa, ga\nimport b\nfrom ${c} import Tagger, fc`, [
      define("call(source, out)", `${open}made.write(fa(text.read()))`),
      define("registered(source, out)", `${open}made.write(b.hb(text.read()))`),
      define("value(source)", 'return {"x": ga(open(source).read()), "y": Tagger().tag("")}'),
      define("use(x, out)", `with open(out, "w") as made:\n        made.write(x + "U=${U}|")`),
      define(
        "each(units)",
        `for key, unit in units.items():\n        ${openEach}made.write(fc(text.read()) + "K=${K}|")\n        yield key`,
      ),
    ]);
  }

  #moduleOf(name: Name, top: string, pieces: readonly string[]): string {
    const { comment, docstring, annotation, neighbour, isReversed } = this.#noise.get(name) as Noise;
    const other = `def neighbour(x):\n    return x + ${neighbour}`;
    const all = [...(isReversed ? pieces.toReversed() : pieces), other].map((piece) =>
      piece
        .replace(/^(def \w+)\((\w+)/, annotation % 2 === 1 ? "$1($2: 'int'" : "$1($2")
        .replace(/^(def .*:)\n/, docstring === 0 ? "$1\n" : `$1\n    """Says ${docstring}."""\n`),
    );
    const remark = comment === 0 ? "" : `# ${comment}\n`;
    return `${docstring === 0 ? "" : `"""Number ${docstring}."""\n`}${remark}${top}\n\n${all.join(`\n${remark}\n`)}\n`;
  }
}

function define(head: string, body: string): string {
  return `def ${head}:\n    ${body}`;
}
