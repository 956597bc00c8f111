// inc run      runs what is not up to date: all of it first, nothing the second time
// inc run -n   says what would run, and why
// Edit poem.txt, then run again. Edit it back: nothing runs, the old result is restored.
import { file, out, sh, task } from "inc-run";

/** Every word of the poem with how often it occurs. What a command interpolates is what it depends on. */
export const words = task(sh`
  tr -cs '[:alpha:]' '\n' < ${file("poem.txt")} | tr '[:upper:]' '[:lower:]' | sort | uniq -c > ${out("build/words.txt")}
`);

/** The five most frequent ones. A task stands for what it makes. */
export const top = task(sh`sort -k1,1nr -k2 ${words} | sed -n 1,5p > ${out("build/top.txt")}`);
