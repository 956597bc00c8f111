import { childrenOf, isClass, isFunction, type Node } from "./syntax/node.ts";

/** A function in a tree, with the nodes around it, outermost first. */
export interface FoundFunction {
  readonly node: Node;
  readonly around: readonly Node[];
}

/**
 * The function, or class, that begins at an offset. V8 counts a function from its parameters on, which for a method or a
 * function with a name is after where its tree begins: it is the innermost one whose head holds the offset.
 */
export function functionAt(root: Node, offset: number): FoundFunction | undefined {
  let found: FoundFunction | undefined;
  const around: Node[] = [];
  const visit = (node: Node): void => {
    if (node.start > offset || node.end <= offset) return;
    if (isFunction(node) || isClass(node)) found = headOf(node) >= offset ? { node, around: [...around] } : found;
    around.push(node);
    for (const inner of childrenOf(node)) visit(inner);
    around.pop();
  };
  visit(root);
  return found;
}

/** Where the body begins. */
function headOf(node: Node): number {
  return (node["body"] as Node).start;
}
