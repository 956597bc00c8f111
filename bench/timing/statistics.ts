/** The middle of the samples; between the two middle ones of an even number. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

export function p99(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[Math.ceil(samples.length * 0.99) - 1] as number;
}

/** A line through points. */
export interface Line {
  /** What y grows by with each x. */
  readonly slope: number;
  /** y where x is 0. */
  readonly start: number;
}

/** The line with the least squared distances from at least two points of different x. */
export function lineThrough(points: readonly (readonly [x: number, y: number])[]): Line {
  const mean = (of: 0 | 1): number => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [middleX, middleY] = [mean(0), mean(1)];
  const spread = points.reduce((sum, [x]) => sum + (x - middleX) ** 2, 0);
  const slope = points.reduce((sum, [x, y]) => sum + (x - middleX) * (y - middleY), 0) / spread;
  return { slope, start: middleY - slope * middleX };
}
