/**
 * Which outputs are brought from a shared cache: what attempts need, also those of the tasks that were asked for, or those of
 * every result.
 */
export const DOWNLOADS = ["minimal", "toplevel", "all"] as const;
export type Download = (typeof DOWNLOADS)[number];
