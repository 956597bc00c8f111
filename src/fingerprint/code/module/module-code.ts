import type { Digest } from "../../../model/digest.ts";

/** A name of the module's own scope that code uses, with the property when it names one: `ns.member`. */
export interface Reference {
  readonly name: string;
  readonly member?: string | undefined;
}

/** A name that a piece of code uses. */
export interface Used extends Reference {
  /** Only functions of tasks use it: loading the module runs none of those. */
  readonly isInert: boolean;
}

/** Something that code loads or opens by a path or a name in its source. */
export interface Request {
  readonly kind: "import" | "require" | "asset";
  /** Its text, with undefined for each part that only running it tells. */
  readonly text: readonly (string | undefined)[];
  /** Offset of the text. */
  readonly at: number;
  /** As of a name. */
  readonly isInert: boolean;
}

/** A call of something that may come from another module. */
export interface Call extends Reference {
  /** False: a statement of its own, so it is made for what it does. */
  readonly isUsed: boolean;
  /** It calls a method of what the name stands for, which may change that. */
  readonly mayChange: boolean;
}

/** What code does to the rest of the program when it runs. */
export interface Effects {
  /** It may do more than compute. */
  acts: boolean;
  /** It looks at a value of its module: a getter, an iterator or the like runs, if that has one. */
  looks: boolean;
  /** Other modules are evaluated before it goes on. */
  awaits: boolean;
  /** It may change what is visible everywhere: a global, a prototype, the process. */
  isGlobal: boolean;
  /** It may change the class or function that it is part of, by the name that only its own code sees. */
  changesItself: boolean;
  /** Names that it writes to, or passes on so that others can. */
  readonly touches: Reference[];
  /** Names whose items it takes: an iterator has them but once. */
  readonly drains: Reference[];
  /** Modules whose exports it changes, or passes on: those that it imports when it runs. */
  readonly opens: Request[];
  readonly calls: Call[];
}

/** Code that cannot be tracked. */
export interface CodeProblem {
  readonly kind: "computed-variable" | "computed-import" | "captured-this";
  readonly at: number;
}

/** What a piece of code uses. */
export interface Uses {
  /** In the order of the source; with duplicates left out. */
  readonly references: Used[];
  /** When the module is loaded. */
  readonly now: Effects;
  /** When functions in it are called that loading the module may call later. */
  readonly later: Effects;
  readonly env: string[];
  /** It passes the environment on as a whole. */
  takesEnvironment: boolean;
  readonly requests: Request[];
  readonly problems: CodeProblem[];
  /** It runs code that is text (`eval`), which can use any name. */
  runsText: boolean;
  /** It defines code that looking at a value runs, such as a getter. */
  hasHooks: boolean;
  /** Offsets of the ends of calls whose arguments do not count: where a call begins, another one may begin, too. */
  readonly untracked: number[];
  /** Local names that are declared outside of it. */
  readonly captured: string[];
}

/** A declaration of a module's own scope, or a statement there. */
export interface Piece {
  readonly names: readonly string[];
  readonly start: number;
  readonly end: number;
  /** Of its canonical text. */
  readonly digest: Digest;
  readonly uses: Uses;
  /** Where it stands among the others does not matter: a function, a class, a literal. */
  readonly isFree: boolean;
  /** What it declares is a constant of a primitive type, which nothing can change. */
  readonly isPrimitive: boolean;
  /** What it declares is data, in which no iterator is. */
  readonly isData: boolean;
}

/** What a name stands for that is exported, or imported: something of this module, or of a requested one. */
export type Source = { readonly local: string } | ImportedName;

/** `name` is "*" for the namespace of all exports. */
export interface ImportedName {
  readonly request: string;
  readonly name: string;
}

/** A module, taken apart. It depends on the bytes of the module alone, and is plain JSON. */
export interface ModuleCode {
  readonly pieces: readonly Piece[];
  /** By the local name. */
  readonly imports: Readonly<Record<string, ImportedName>>;
  /** By the exported name. */
  readonly exports: Readonly<Record<string, Source>>;
  /** Modules of `export * from`. */
  readonly stars: readonly string[];
  /** The static imports, in order; `isBare`: nothing is imported by name. */
  readonly requests: readonly { readonly text: string; readonly isBare: boolean }[];
  readonly isScript: boolean;
  /** Its pieces cannot be told apart safely: what uses one uses all. */
  readonly isWhole: boolean;
  /** Offsets of the starts of its lines. */
  readonly lines: readonly number[];
}
