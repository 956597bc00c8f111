import type { LineageDocument, LineageEdge, LineageNode } from "./document.ts";

/** A document with the neighbours of each node, for walking through it. */
export interface Adjacency {
  readonly nodes: ReadonlyMap<string, LineageNode>;
  /** Edges that lead away from the roots: in an upstream document those that end at a node, else those that begin there. */
  onward(id: string): readonly LineageEdge[];
  /** The node at the far end of an edge that leads away from the roots. */
  farEnd(edge: LineageEdge): string;
}

export function adjacencyOf({ direction, nodes, edges }: LineageDocument): Adjacency {
  const near = direction === "up" ? "to" : "from";
  const far = direction === "up" ? "from" : "to";
  const onward = new Map<string, LineageEdge[]>();
  for (const edge of edges) {
    const list = onward.get(edge[near]);
    if (list === undefined) onward.set(edge[near], [edge]);
    else list.push(edge);
  }
  return {
    nodes: new Map(nodes.map((node) => [node.id, node])),
    onward: (id) => onward.get(id) ?? [],
    farEnd: (edge) => edge[far],
  };
}
