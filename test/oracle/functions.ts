import type { ModelState, ModelTask } from "./model.ts";
import { callOf } from "./routes.ts";

/** Kinds of tasks whose action is a function. */
export const FUNCTION_KINDS = ["call", "gather", "calls", "batch", "made", "peek", "versioned"] as const;
export type FunctionKind = (typeof FUNCTION_KINDS)[number];

/** The line that declares a function task. @param inputs Its inputs, as expressions. */
export function functionTask(task: ModelTask, { code }: ModelState, inputs: readonly string[]): string {
  const { name, kind, salt, route = "direct", peeks } = task;
  const record = `{ ${inputs.map((input, i) => `r${i}: ${input}`).join(", ")} }`;
  if (route === "captured") return `export const ${name} = captured("${name}", "${salt}", ${record});`;
  const called = callOf(route, code);
  const declare = (body: string, more = "", reads = record): string =>
    `export const ${name} = task({ inputs: ${reads}, outputs: { out: "build/${name}.out" }, ${more}async run({ inputs, outputs }) { note("${name}"); ${body} } });`;
  const salted = `let text = \`${salt}\\n\${textOf(inputs)}\`;`;
  switch (kind) {
    case "peek":
      return declare(`${salted} text += peek("${peeks}"); writeFileSync(outputs.out, ${called});`);
    case "versioned":
      return declare(`${salted} ${called}; writeFileSync(outputs.out, text);`, `version: "${salt}", `);
    case "gather":
      return declare(
        `const text = ["${salt}\\n", ...[...inputs.set].map(([path, one]) => \`\${path}:\${textOf({ one })}\`)].join(""); writeFileSync(outputs.out, ${called});`,
        "",
        `{ set: files("g/*.txt", { allowEmpty: true }) }`,
      );
    case "made":
      return `export const ${name} = task({ inputs: ${record}, value: "json", async run({ inputs }) { note("${name}"); const text = \`${salt}\\n\${textOf(inputs)}\`; return [...new Set(linesOf(${called}))].sort(); } });`;
    case "batch":
      return `export const ${name} = each(files("e/*.txt", { allowEmpty: true }), { batch: 2 }, (f) => task({ inputs: { f }, outputs: { out: \`build/${name}/\${f.name}\` }, async runAll({ units }) { for (const [key, { inputs, outputs }] of units) { note(\`${name}[\${key}]\`); const text = \`${salt}\\n\${textOf(inputs)}\`; writeFileSync(outputs.out, ${called}); } } }));`;
    case "calls":
      return `export const ${name} = each(files("e/*.txt", { allowEmpty: true }), (f) => task({ inputs: { f }, outputs: { out: \`build/${name}/\${f.name}\` }, async run({ inputs, outputs }) { note(\`${name}[\${f.name}]\`); const text = \`${salt}\\n\${textOf(inputs)}\`; writeFileSync(outputs.out, ${called}); } }));`;
    default:
      return declare(`${salted} writeFileSync(outputs.out, ${called});`);
  }
}
