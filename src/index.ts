/** What a manifest imports: `import { files, out, sh, task } from "inc-run"`. */
export { exec, type ExecOptions, type Piece, sh } from "./manifest/commands.ts";
export { config, type ConfigOptions } from "./manifest/config.ts";
export type { Command, Config, Depfile, Each, EnvRef, FileRef, FileSetRef, ListFile, Out, OutputRef, ParamRef, Task, ToolRef, Units } from "./manifest/handles.ts";
export { depfile, env, type EnvOptions, file, files, type FilesOptions, list, out, param, type ParamOptions, tool } from "./manifest/sources.ts";
export { each, task, type InputRef, type TaskOptions } from "./manifest/task.ts";
