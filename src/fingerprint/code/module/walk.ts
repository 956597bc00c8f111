import { isBuiltin } from "node:module";
import { own } from "../../../model/own.ts";
import { child, childrenOf, isFunction, maybeChild, type Node, nameOf, propertyOf } from "../syntax/node.ts";
import { callsArgument, changesArgument, computes, isEverything, onlyHolds, runsText, takesItems } from "./globals.ts";
import type { Handling, Mode } from "./mode.ts";
import type { Uses } from "./module-code.ts";
import type { Names } from "./names.ts";
import { variablesRead } from "./process-env.ts";
import { type Found, newEffects, newFound, Recorder } from "./recorder.ts";
import { requestOf } from "./requests.ts";
import { acts, changesMeta, isHandedOut, isHook, isShared, rootOf, unchained, valuesOf, waits } from "./shapes.ts";
import { type Use, useOf } from "./use.ts";

/** Functions of inc that call what they are given while the manifest is evaluated. */
const CALLING = new Set(["each"]);

const NAMES = new Set(["Identifier", "JSXIdentifier"]);
const CALLS = new Set(["CallExpression", "NewExpression", "TaggedTemplateExpression"]);
const MEMBERS = new Set(["MethodDefinition", "PropertyDefinition", "AccessorProperty"]);

/** What a piece of code uses. @param root Its tree. */
export function usesOf(root: Node, names: Names): Uses {
  const found = newFound();
  new Walk(names, root, found).visit(root, { now: true, isPassed: false, isGiven: false, isInert: false });
  return found;
}

class Walk {
  readonly #names: Names;
  readonly #root: Node;
  readonly #found: Found;
  readonly #record: Recorder;
  /** Names that calls begin with: noted with the call. */
  readonly #called = new Set<Node>();
  /** Of functions that inc is given. They are not part of what loading the module does. */
  readonly #inert = newEffects();
  /** From the root to the parent of the node that is visited. */
  readonly #parents: Node[] = [];

  constructor(names: Names, root: Node, found: Found) {
    this.#names = names;
    this.#root = root;
    this.#found = found;
    this.#record = new Recorder(found);
  }

  visit(node: Node, mode: Mode): void {
    if (isFunction(node)) this.#function(node, mode);
    else if (NAMES.has(node.type)) this.#name(node, mode);
    else if (CALLS.has(node.type)) this.#call(node, mode);
    else if (MEMBERS.has(node.type)) this.#member(node, mode);
    else {
      if (node.type === "ThisExpression" && this.#isForeignThis()) this.#record.problem("captured-this", node);
      if (node.type === "ThisExpression" && this.#isOwnClass(node)) this.#effects(mode).changesItself = true;
      if (acts(node)) this.#effects(mode).acts = true;
      if (this.#changesAll(node)) this.#changeAll(mode);
      if (waits(node) && this.#isAtTop()) this.#found.now.awaits = true;
      const isHooked = node.type === "Property" && isHook(node);
      this.#found.hasHooks ||= isHooked;
      if (isHooked && mode.isGiven) this.#effects(mode).acts = true;
      this.#special(node, mode);
      this.#below(node, isHooked ? { ...mode, isGiven: false } : mode);
    }
  }

  /** True for an expression through which what others see may change, without a name for it. */
  #changesAll(node: Node): boolean {
    const parent = this.#parents.at(-1);
    if (node.type === "MetaProperty") return changesMeta(node, parent, useOf(node, this.#parents));
    const isGlobalThis = node.type === "ThisExpression" && this.#names.isScript && this.#isLooseThis();
    return (isGlobalThis || isShared(node, parent)) && !isOnlyUsed(useOf(node, this.#parents));
  }

  #changeAll(mode: Mode): void {
    const effects = this.#effects(mode);
    effects.acts = true;
    effects.isGlobal = true;
  }

  #isAtTop(): boolean {
    return ![this.#root, ...this.#parents].some(isFunction);
  }

  /** True for the `this` of a function that is not in a class. */
  #isLooseThis(): boolean {
    return !this.#isAtTop() && !this.#parents.some(({ type }) => type === "ClassBody");
  }

  #below(node: Node, mode: Mode): void {
    this.#parents.push(node);
    for (const inner of childrenOf(node)) this.visit(inner, mode);
    this.#parents.pop();
  }

  #effects({ now, isInert }: Mode): Found["now"] {
    return now ? this.#found.now : isInert ? this.#inert : this.#found.later;
  }

  /** A function that is passed to a call may be called by it, and so may all functions in it. */
  #function(node: Node, mode: Mode): void {
    const isCalled = mode.now && mode.isPassed;
    if (isCalled) this.#found.now.acts = true;
    const isInert = mode.isInert || (mode.isGiven && !isCalled);
    this.#below(node, { ...mode, now: isCalled, isGiven: false, isInert });
  }

  /** The computed keys and static fields of a class are evaluated with it, other fields with each object. */
  #member(node: Node, mode: Mode): void {
    this.#parents.push(node);
    if (isHook(node)) this.#found.hasHooks = true;
    const { key, value, ...rest } = node;
    for (const inner of childrenOf({ ...rest, key } as Node)) this.visit(inner, mode);
    const isField = node.type !== "MethodDefinition";
    const later = isField && node["static"] !== true && !(mode.now && mode.isPassed);
    if (value !== null) this.visit(value as Node, later ? { ...mode, now: false } : mode);
    this.#parents.pop();
  }

  #name(node: Node, mode: Mode): void {
    const meaning = this.#names.scopes.meanings.get(node);
    if (meaning === undefined) return;
    const name = nameOf(node);
    if (meaning.scope === "local") {
      const isOutside = meaning.declared < this.#root.start || meaning.declared >= this.#root.end;
      if (isOutside) this.#record.captured(name);
      else if (meaning.isSelf && !isOnlyUsed(useOf(node, this.#parents))) this.#effects(mode).changesItself = true;
      return;
    }
    const variables = variablesRead(node, this.#parents, this.#names);
    if (variables === "all") this.#found.takesEnvironment = true;
    else this.#record.environment(variables, node);
    if (meaning.scope === "module") this.#moduleName(node, mode);
    else this.#globalName(node, mode);
  }

  #moduleName(node: Node, mode: Mode): void {
    const parent = this.#parents.at(-1);
    const member = parent?.type === "MemberExpression" && parent["object"] === node ? propertyOf(parent) : undefined;
    const reference = { name: nameOf(node), member };
    this.#record.reference(reference, mode.isInert);
    const use = useOf(node, this.#parents);
    const effects = this.#effects(mode);
    if (use !== "call") effects.looks = true;
    if (use === "drain") this.#record.drain(effects, reference);
    const imported = own(this.#names.imports, reference.name);
    if (use === "write" && imported?.request.startsWith(".") === false) effects.isGlobal = true;
    // What is given a module of Node may replace functions of it.
    if (use === "escape" && parent !== undefined && CALLS.has(parent.type) && isBuiltin(imported?.request ?? ""))
      effects.isGlobal ||= imported?.name === "default" || imported?.name === "*";
    const isGiven = use === "escape" && mode.isGiven;
    if (!isOnlyUsed(use) && !isGiven && !this.#called.has(node)) this.#record.touch(effects, reference);
  }

  #globalName(node: Node, mode: Mode): void {
    const name = nameOf(node);
    const use = useOf(node, this.#parents);
    if (runsText(name) && use !== "read") this.#found.runsText = true;
    if (use === "write") this.#effects(mode).isGlobal = true;
    const isAll = isEverything(name) && this.#parents.at(-1)?.type !== "MemberExpression";
    if (use === "escape" && (isAll || this.#isPrototype() || isHandedOut(node, this.#parents)))
      this.#effects(mode).isGlobal = true;
  }

  /** True when a global is visited whose prototype is passed on, other than to what only computes. */
  #isPrototype(): boolean {
    const [member, user] = [this.#parents.at(-1), this.#parents.at(-2)];
    if (member?.type !== "MemberExpression" || propertyOf(member) !== "prototype") return false;
    if (user?.type === "MemberExpression") return false;
    return user === undefined || !CALLS.has(user.type) || !this.#isGlobalValue(maybeChild(user, "callee"));
  }

  #call(node: Node, mode: Mode): void {
    const callee = unchained(child(node, node["tag"] === undefined ? "callee" : "tag"));
    if (this.#isUntracked(callee)) {
      this.#found.untracked.push(node.end);
      return;
    }
    this.#special(node, mode);
    if (this.#changesAll(node)) this.#changeAll(mode);
    const handling = this.#callee(node, callee, mode);
    const inside = { ...mode, isPassed: handling === "calls", isGiven: handling === "keeps" };
    this.#parents.push(node);
    for (const inner of childrenOf(node)) this.visit(inner, inside);
    this.#parents.pop();
  }

  /** True for `untracked` of inc: what it is given does not count. */
  #isUntracked(callee: Node): boolean {
    const { root, member } = rootOf(callee);
    if (root === undefined || this.#names.scopes.meanings.get(root)?.scope !== "module") return false;
    const imported = own(this.#names.imports, nameOf(root));
    return imported?.request === "inc-run" && (imported.name === "*" ? member : imported.name) === "untracked";
  }

  /** Notes what calling something may do. */
  #callee(node: Node, callee: Node, mode: Mode): Handling {
    if (this.#names.pure.has(node.start)) return "holds";
    const { root, member, depth } = rootOf(callee);
    const meaning = root && this.#names.scopes.meanings.get(root);
    const effects = this.#effects(mode);
    if (root === undefined || meaning === undefined || meaning.scope === "local") {
      effects.acts = true;
      return "calls";
    }
    const name = nameOf(root);
    if (meaning.scope === "module") {
      const imported = own(this.#names.imports, name);
      if (imported?.request === "inc-run") return CALLING.has(member ?? imported.name) ? "calls" : "keeps";
      effects.acts = true;
      const mayChange = depth > (imported?.name === "*" ? 1 : 0);
      const isUsed = this.#parents.at(-1)?.type !== "ExpressionStatement";
      this.#record.call(effects, { name, member, isUsed, mayChange });
      this.#called.add(root);
      return "calls";
    }
    return this.#global(node, { name, member, depth }, mode);
  }

  #global(
    node: Node,
    { name, member, depth }: { name: string; member?: string | undefined; depth: number },
    mode: Mode,
  ): Handling {
    const effects = this.#effects(mode);
    const given = (node["arguments"] ?? []) as readonly Node[];
    if (callsArgument(name, member, given.length)) effects.acts = true;
    if (!computes(name, member) && name !== "require") {
      effects.acts = true;
      effects.isGlobal = true;
    } else if (depth > 1) effects.acts = true;
    if (takesItems(name, member)) for (const one of given.flatMap(valuesOf)) this.#drain(one, effects);
    if (name === "Proxy") this.#found.hasHooks = true;
    if (changesArgument(name, member)) {
      this.#found.hasHooks = true;
      effects.acts = true;
      if (this.#isGlobalValue(given[0])) effects.isGlobal = true;
    }
    return node.type === "NewExpression" && onlyHolds(name) ? "holds" : "calls";
  }

  #drain(node: Node, effects: Found["now"]): void {
    const { root, member } = rootOf(node);
    if (root !== undefined && this.#names.scopes.meanings.get(root)?.scope === "module")
      this.#record.drain(effects, { name: nameOf(root), member });
  }

  /** True for an expression that is a global, or a part of one. */
  #isGlobalValue(node: Node | undefined): boolean {
    const root = node && rootOf(node).root;
    return root !== undefined && this.#names.scopes.meanings.get(root)?.scope === "global";
  }

  /** Syntax that names another file, or changes what names mean. */
  #special(node: Node, mode: Mode): void {
    if (node.type === "WithStatement") this.#found.runsText = true;
    if (node.type === "ImportExpression") this.#effects(mode).acts = true;
    const request = requestOf(node, { requires: this.#names.requires, isInert: mode.isInert });
    if (request === undefined) return;
    const [first, ...rest] = request.text;
    if (first !== undefined && (rest.length === 0 || /^\.{1,2}\//.test(first))) {
      this.#record.request(request);
      if (!isOnlyUsed(useOf(node, this.#parents))) this.#effects(mode).opens.push(request);
    }
    // A file that code opens is found out when it runs.
    else if (request.kind !== "asset") {
      this.#record.problem("computed-import", node);
      this.#effects(mode).isGlobal = true;
    }
  }

  /** True where an object changes its class: `this.constructor.count += 1`. */
  #isOwnClass(node: Node): boolean {
    const parent = this.#parents.at(-1);
    if (parent?.type !== "MemberExpression" || propertyOf(parent) !== "constructor") return false;
    return !isOnlyUsed(useOf(node, this.#parents));
  }

  /** True for a `this` that belongs to a function around the code. */
  #isForeignThis(): boolean {
    return isArrow(this.#root) && this.#parents.every((parent) => isArrow(parent) || !hasThis(parent));
  }
}

/** True when what a name stands for is neither changed nor passed on. */
function isOnlyUsed(use: Use): boolean {
  return use === "read" || use === "call";
}

function isArrow(node: Node): boolean {
  return node.type === "ArrowFunctionExpression";
}

/** True for what gives the code in it a `this` of its own. */
function hasThis(node: Node): boolean {
  return isFunction(node) || node.type === "ClassBody";
}
