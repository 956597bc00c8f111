/** A node's box in the graph of a page, in pixels at natural size. */
export const BOX = { width: 216, height: 40 } as const;
