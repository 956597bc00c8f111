/** A place in a layered drawing: its layer, counted from the roots, and `y` in rows, one for each node. */
export interface LayeredPlace {
  readonly layer: number;
  readonly y: number;
}

/** How often orders and places are improved: more sweeps hardly change anything. */
const SWEEPS = 6;

/**
 * Places the nodes of a graph in layers (Sugiyama, Tagawa and Toda, 1981): as far from the roots as their longest
 * path, in an order with few crossings (barycenters), and near their neighbors.
 * @param edges Pairs of indexes below `count`, away from the roots. A cycle is cut where it is met.
 */
export function layeredLayout(
  count: number,
  edges: readonly (readonly [from: number, to: number])[],
): readonly LayeredPlace[] {
  const layerOf = layersOf(count, edges);
  const layers: number[][] = Array.from({ length: Math.max(-1, ...layerOf) + 1 }, () => []);
  layerOf.forEach((layer, node) => {
    layers[layer]?.push(node);
  });
  const neighbors: number[][] = Array.from({ length: count }, () => []);
  for (const [from, to] of edges) {
    neighbors[from]?.push(to);
    neighbors[to]?.push(from);
  }
  const y = new Float64Array(count);
  for (const layer of layers) center(layer, y);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1)
    for (const layer of sweep % 2 === 0 ? layers : layers.toReversed()) order(layer, neighbors, y);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1)
    for (const layer of sweep % 2 === 0 ? layers.toReversed() : layers) settle(layer, neighbors, y);
  const top = y.reduce((least, each) => Math.min(least, each), Number.POSITIVE_INFINITY);
  return Array.from(y, (each, node) => ({ layer: layerOf[node] as number, y: each - top }));
}

/** The longest path to each node from those without edges into them, in topological order. */
function layersOf(count: number, edges: readonly (readonly [number, number])[]): readonly number[] {
  const layers = new Array<number>(count).fill(0);
  const waiting = new Array<number>(count).fill(0);
  const onward: number[][] = Array.from({ length: count }, () => []);
  for (const [from, to] of edges) {
    onward[from]?.push(to);
    waiting[to] = (waiting[to] as number) + 1;
  }
  const done = new Set<number>();
  const ready = waiting.flatMap((left, node) => (left === 0 ? [node] : []));
  // The list of ready nodes grows during the loop. The nodes that are left then are on a cycle or behind one.
  for (let i = 0, rest = 0; done.size < count; i += 1) {
    while (i >= ready.length) {
      if (!done.has(rest)) ready.push(rest);
      rest += 1;
    }
    const node = ready[i] as number;
    if (done.has(node)) continue;
    done.add(node);
    for (const next of onward[node] as number[]) {
      if (done.has(next)) continue;
      layers[next] = Math.max(layers[next] as number, (layers[node] as number) + 1);
      waiting[next] = (waiting[next] as number) - 1;
      if (waiting[next] === 0) ready.push(next);
    }
  }
  return layers;
}

/** Orders a layer by the places of the neighbors of its nodes; a node without neighbors stays. */
function order(layer: number[], neighbors: readonly (readonly number[])[], y: Float64Array): void {
  const wanted = new Map(layer.map((node) => [node, wantedPlace(node, neighbors, y)]));
  layer.sort((a, b) => (wanted.get(a) as number) - (wanted.get(b) as number));
  center(layer, y);
}

/** One row for each node, as many above the middle as below. */
function center(layer: readonly number[], y: Float64Array): void {
  layer.forEach((node, row) => {
    y[node] = row - (layer.length - 1) / 2;
  });
}

/**
 * Moves the nodes of a layer as near to their neighbors as the order and one row for each allow: the least squares
 * under an order, by pooling adjacent violators.
 */
function settle(layer: readonly number[], neighbors: readonly (readonly number[])[], y: Float64Array): void {
  const pools: { sum: number; size: number }[] = [];
  layer.forEach((node, row) => {
    let pool = { sum: wantedPlace(node, neighbors, y) - row, size: 1 };
    for (
      let last = pools.at(-1);
      last !== undefined && last.sum / last.size >= pool.sum / pool.size;
      last = pools.at(-1)
    ) {
      pools.pop();
      pool = { sum: last.sum + pool.sum, size: last.size + pool.size };
    }
    pools.push(pool);
  });
  let row = 0;
  for (const { sum, size } of pools)
    for (let i = 0; i < size; i += 1, row += 1) y[layer[row] as number] = sum / size + row;
}

function wantedPlace(node: number, neighbors: readonly (readonly number[])[], y: Float64Array): number {
  const near = neighbors[node] as readonly number[];
  if (near.length === 0) return y[node] as number;
  return near.reduce((sum, neighbor) => sum + (y[neighbor] as number), 0) / near.length;
}
