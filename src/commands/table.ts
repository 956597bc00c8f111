import Run from "./run.ts";

/** Every command by its name. */
export const COMMANDS = { run: Run };
