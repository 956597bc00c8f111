// A C program: compiled file by file, linked, tested.
//
// inc run        builds and tests
// inc run wc     builds only
//
// Edit src/table.h: both objects are compiled again, though the header is nowhere named here: the compiler writes what it
// read to a depfile. Edit only a comment: the objects come out the same, so nothing is linked or tested again.
import { depfile, each, file, files, out, param, sh, task, tool } from "inc-run";

const cc = tool("cc");
const optimize = param("optimize", "O1", { choices: ["O0", "O1", "O2"] });

/** One unit a source file: objects[main.c], objects[table.c]. */
export const objects = each(files("src/*.c"), (source) =>
  task(sh`
    ${cc} -std=c11 -Wall -Wextra -${optimize} -MMD -MF ${depfile(`build/${source.stem}.d`)} \
      -c ${source} -o ${out(`build/${source.stem}.o`)}
  `),
);

export const wc = task(sh`${cc} ${objects} -o ${out("build/wc")}`);

/** No output: that it succeeded is its result. */
export const test = task(sh`${wc} < ${file("test/cats.txt")} | diff ${file("test/cats.expected")} -`);
