/**
 * What the compiler accepts and refuses in a manifest: `npm run types` fails when a line that is marked as an error
 * compiles. This file is never run.
 */
import {
  config,
  depfile,
  each,
  env,
  exec,
  type FileRef,
  file,
  files,
  type InputFile,
  list,
  type OutputRef,
  out,
  param,
  ray,
  service,
  sh,
  task,
  tool,
} from "inc-run";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_T extends true>(): void => {};

const raw = files("data/*.csv");
const one = file("a.txt");
const region = param("region", "eu", { choices: ["eu", "us"] });
const count = param("count", 1);
const flag = param("flag", false);
const must = param("must");
const mustNumber = param("n", { type: "number" });
const secret = env("TOKEN", { secret: true });
const plain = env("HOME");

// A parameter has the type of its default, or of its choices.
holds<Same<typeof region.value, "eu" | "us">>();
holds<Same<typeof count.value, number>>();
holds<Same<typeof flag.value, boolean>>();
holds<Same<typeof must.value, string>>();
holds<Same<typeof mustNumber.value, number>>();
// @ts-expect-error a default of another type than the choices
param("p", 1, { choices: ["a"] });

// Outputs are accessed by name; a mistyped name does not compile.
const single = task(sh`x > ${out("a")}`);
const named = task(sh`x ${out("a", "map")} ${out("b", "code")}`);
const none = task(sh`x`);
const mixed = task(sh`x ${out("a")}`, { outputs: { dist: "dist/" } });
const byOption = task(sh`x`, { outputs: { dist: "dist/" } });
holds<Same<typeof named.outputs.map, OutputRef>>();
holds<Same<keyof typeof named.outputs, "map" | "code">>();
holds<Same<typeof mixed.outputs.dist, OutputRef>>();
// @ts-expect-error there is no output of that name
named.outputs.mpa;
// @ts-expect-error an unnamed output has no name
single.outputs.a;

// A list expands to several words. The type of a list of outputs does not say how many there are.
const listed = task(
  sh`x ${["a", 1]} ${[raw, one, single]} ${["a", "b"].map((name) => out(name))} ${[1].map(() => out("m", "map"))}`,
);
holds<Same<keyof typeof listed.outputs, "map">>();
// @ts-expect-error the task may have several outputs
sh`x ${task(sh`x ${[out("a")]}`)}`;
// @ts-expect-error a list must not contain a secret
sh`x ${[secret]}`;

// A command may interpolate a task with exactly one output, but not one with none or several.
sh`${single} ${byOption} ${named.outputs.map} ${mixed.outputs.dist}`;
// @ts-expect-error the task has no output
sh`${none}`;
// @ts-expect-error the task has two outputs
sh`${named}`;
// @ts-expect-error the task has two outputs, one in the command and one in the options
sh`${mixed}`;

// What a command may interpolate.
sh`${raw} ${one} ${region} ${count} ${flag} ${plain} ${tool("tsc")} ${depfile("a.d")} ${depfile("b.d", { relativeTo: "src" })} ${sh.list(raw)} ${"text"} ${1} ${["a", 2]}`;
// @ts-expect-error a secret would be stored and shown
sh`${secret}`;
// @ts-expect-error a plain object has no shell text
sh`${{ a: 1 }}`;
// @ts-expect-error a command is not a task
sh`${sh`x`}`;
// @ts-expect-error undefined has no shell text
sh`${undefined}`;
// @ts-expect-error a manifest cannot read the value of a secret
secret.value.length;

// Inputs are objects with versions, values, tools and tasks.
task(sh`x`, { inputs: [raw, one, region, plain, secret, tool("x"), single, none, named, named.outputs.map] });
task(sh`x`, { inputs: { table: raw, of: single } });
// @ts-expect-error text is not an input
task(sh`x`, { inputs: ["a.txt"] });
// @ts-expect-error a declared output is not an input
task(sh`x`, { inputs: [out("a")] });

// A function gets each input in the form of its kind, and the paths of its outputs.
const both = each(raw, () => task(sh`x`, { outputs: { a: "a", b: "b" } }));
const called = task({
  inputs: {
    one,
    raw,
    region,
    count,
    plain,
    secret,
    jq: tool("jq"),
    single,
    named,
    byOption,
    none,
    units: each(raw, () => task(sh`x > ${out("a")}`)),
    both,
    only: both.outputs.a,
    map: named.outputs.map,
  },
  outputs: { json: "build/a.json", dir: "build/dir/" },
  retries: 1,
  run({ inputs, outputs, log, signal, progress }) {
    holds<Same<typeof inputs.one, InputFile>>();
    holds<Same<typeof inputs.raw, ReadonlyMap<string, InputFile>>>();
    holds<Same<typeof inputs.region, "eu" | "us">>();
    holds<Same<typeof inputs.count, number>>();
    holds<Same<typeof inputs.plain, string | undefined>>();
    holds<Same<typeof inputs.secret, string | undefined>>();
    holds<Same<typeof inputs.jq, string>>();
    holds<Same<typeof inputs.single, InputFile>>();
    holds<Same<typeof inputs.named, { readonly map: InputFile; readonly code: InputFile }>>();
    holds<Same<typeof inputs.byOption, { readonly dist: InputFile }>>();
    holds<Same<typeof inputs.none, undefined>>();
    holds<Same<typeof inputs.units, ReadonlyMap<string, InputFile>>>();
    holds<Same<typeof inputs.both, ReadonlyMap<string, { readonly a: InputFile; readonly b: InputFile }>>>();
    holds<Same<typeof inputs.only, ReadonlyMap<string, InputFile>>>();
    holds<Same<typeof inputs.map, InputFile>>();
    holds<Same<typeof outputs, { readonly json: string; readonly dir: string }>>();
    log("text", signal.aborted);
    progress(1, 2);
    // @ts-expect-error there is no input of that name
    inputs.two;
    // @ts-expect-error there is no output of that name
    outputs.csv;
  },
});
holds<Same<keyof typeof called.outputs, "json" | "dir">>();
sh`${called.outputs.json}`;
// @ts-expect-error the task has two outputs
sh`${called}`;
sh`${task({ outputs: { json: "a.json" }, run() {} })}`;
task({ run: async () => {} });
each(raw, (csv) => task({ inputs: { csv }, run: ({ inputs }) => void inputs.csv.text() }));
// @ts-expect-error a function is missing
task({ inputs: { one } });
// @ts-expect-error inputs of a function have names
task({ inputs: [one], run() {} });
// @ts-expect-error text is not an input
task({ inputs: { one: "a.txt" }, run() {} });

// Options.
task(sh`x`, {
  rerun: "always",
  retries: 2,
  platform: "any",
  timeout: "2m",
  resources: { cpu: 2, memory: "512MB" },
  after: [none],
  cwd: "sub",
});
task(sh`x`, { env: { A: "text", B: 1, C: plain, D: secret, E: region } });
// @ts-expect-error not one of the values of `rerun`
task(sh`x`, { rerun: "sometimes" });
// @ts-expect-error a duration needs a unit
task(sh`x`, { timeout: 120 });
// @ts-expect-error there is no option of that name
task(sh`x`, { input: [raw] });
// @ts-expect-error an output is not a value of a variable
task(sh`x`, { env: { A: out("a") } });
// @ts-expect-error a name is not a task
task(sh`x`, { after: ["other"] });
// @ts-expect-error the first argument of a task is a command
task("echo");

// exec takes the same arguments as sh, and outputs for streams.
const jq = task(exec([tool("jq"), ".", one], { stdin: one, stdout: out("a.json") }));
sh`${jq}`;
const streams = task(exec(["x"], { stdout: out("o", "out"), stderr: out("e", "err") }));
holds<Same<keyof typeof streams.outputs, "out" | "err">>();
// @ts-expect-error the task has two outputs
sh`${streams}`;

// each iterates over a set, a list, or objects with a key, and returns a task or a record of tasks.
const units = each(raw, (table) => {
  holds<Same<typeof table, FileRef>>();
  return task(sh`x ${table} > ${out(`build/${table.stem}`)}`);
});
sh`${units}`;
const several = each(["a", "b"], (name) => ({ pre: task(sh`x ${name} > ${out("a")}`), post: task(sh`y`) }));
sh`${several.pre}`;
// @ts-expect-error the units have no output
sh`${several.post}`;
// @ts-expect-error there is no member of that name
several.prae;
const multi = each(list("packages/*"), (name) => task(sh`x ${name} ${out("a", "map")} ${out("b", "code")}`));
sh`${multi.outputs.map}`;
// @ts-expect-error the units have two outputs
sh`${multi}`;
each([{ id: 1 }], { key: (item) => item.id }, (item) => task(sh`x ${item.id}`));
// @ts-expect-error objects need a key
each([{ id: 1 }], (item) => task(sh`x ${item.id}`));
// @ts-expect-error the callback must return a task
each(raw, (table) => table.name);

// In the callback of another one: the units of both, and what they are in the callback.
const nested = each(raw, (table) => each([1, 2], (n) => task(sh`x ${table} ${n} > ${out("a")}`)));
sh`${nested}`;
const levels = each(raw, (table) => {
  const rows = each([1, 2], (n) => ({ a: task({ value: "json", run: () => n }), b: task(sh`y > ${out("b")}`) }));
  return { rows, whole: task(sh`cat ${rows.b} ${table} > ${out("c")}`) };
});
sh`${levels.rows.b} ${levels.whole}`;
// @ts-expect-error it is a record of units
sh`${levels.rows}`;
each(levels.rows.b, (b, key: string) => task(sh`cat ${b} ${key}`));
each(levels, ({ rows, whole }) => task(sh`cat ${rows.b} ${whole}`));
task({
  inputs: { numbers: levels.rows.a },
  run: ({ inputs }) => holds<Same<typeof inputs.numbers, ReadonlyMap<string, 1 | 2>>>(),
});

// With a batch, a function for several units.
const vectors = each(raw, { batch: 10 }, (doc) =>
  task({
    inputs: { doc, count },
    outputs: { o: "build/o" },
    async runAll({ units, signal, log, progress }) {
      for (const [key, { inputs, outputs, done, fail }] of units) {
        holds<Same<typeof inputs.doc, InputFile>>();
        holds<Same<typeof inputs.count, number>>();
        log(key, outputs.o, signal.aborted);
        if (key === "") fail(new Error("x"));
        else done();
        progress(1, units.size);
      }
    },
  }),
);
sh`${vectors}`;
const lengths = each(vectors, { batch: 10 }, (vector) =>
  task({
    inputs: { vector },
    value: "json",
    runAll: async ({ units }) => new Map([...units.keys()].map((key) => [key, key.length])),
  }),
);
task({ inputs: { lengths }, run: ({ inputs }) => holds<Same<typeof inputs.lengths, ReadonlyMap<string, number>>>() });
each([{ id: 1 }], { key: (item) => item.id, batch: 5 }, () => task({ runAll() {} }));
// @ts-expect-error the units have a value each
each(raw, { batch: 10 }, () => task({ value: "json", runAll: () => 5 }));
// @ts-expect-error objects need a key
each([{ id: 1 }], { batch: 5 }, () => task({ runAll() {} }));
// @ts-expect-error a Date is not JSON
each(raw, { batch: 10 }, () => task({ value: "json", runAll: () => new Map([["a", new Date()]]) }));

// A service has no outputs; tasks and services name it as an input, or in `after`.
const web = service(sh`serve ${one}`, {
  ready: { port: 3000 },
  inputs: [raw, single],
  env: { A: plain },
  timeout: "2m",
});
service(exec(["serve"]), { ready: { line: /up/ }, after: [web, none] });
service(sh`serve`, { ready: { http: "http://127.0.0.1:3000/" }, inputs: [web], cwd: "sub", description: "text" });
task(sh`x`, { inputs: [web] });
task(sh`x`, { inputs: { web }, after: [web] });
config({ default: [web] });
// @ts-expect-error a service has no outputs
service(sh`x > ${out("a")}`);
// @ts-expect-error a stream of a service is not an output
service(exec(["x"], { stdout: out("a") }));
// @ts-expect-error a service has no path
sh`${web}`;
// @ts-expect-error a service has no retries
service(sh`x`, { retries: 2 });
// @ts-expect-error a port is a number
service(sh`x`, { ready: { port: "3000" } });
// @ts-expect-error readiness is a port, a line or an http address
service(sh`x`, { ready: { file: "up" } });
// @ts-expect-error a command is not an input
task(sh`x`, { inputs: [sh`serve`] });

config({ default: [single, units, several.pre, named], jobs: "50%", resources: { gpu: 2, memory: "8GB" } });
// @ts-expect-error a name is not a task
config({ default: ["build"] });
config({ executor: ray({ address: "head:6379" }) });
// @ts-expect-error an executor is one of two
config({ executor: "spark" });
