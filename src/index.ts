/** What a manifest imports: `import { files, out, sh, task } from "inc-run"`; and `openStore`, for programs that publish. */
export { openStore } from "./api/open-store.ts";
export { type ExecOptions, exec, type Piece, sh } from "./manifest/commands.ts";
export { each } from "./manifest/each.ts";
export type { FunctionContext, FunctionOptions, InputFile, InputValue } from "./manifest/function.ts";
export type {
  Command,
  Config,
  Depfile,
  Each,
  EnvRef,
  FileRef,
  FileSetRef,
  ListFile,
  ObjectRef,
  Out,
  OutputRef,
  ParamRef,
  Service,
  Task,
  ToolRef,
  Units,
} from "./manifest/handles.ts";
export { type ObjectOptions, object } from "./manifest/object.ts";
export { type PythonFunction, type PythonModule, type PythonOptions, python } from "./manifest/python.ts";
export { read } from "./manifest/read.ts";
export { records } from "./manifest/records.ts";
export { type ServiceOptions, service } from "./manifest/service.ts";
export { type ConfigOptions, config } from "./manifest/settings/config.ts";
export { type Ray, type RayOptions, ray } from "./manifest/settings/ray.ts";
export type { RayRuntimeEnv } from "./manifest/settings/runtime-env.ts";
export {
  depfile,
  type EnvOptions,
  env,
  type FileOptions,
  type FilesOptions,
  file,
  files,
  glob,
  list,
  out,
  type ParamOptions,
  param,
  tool,
} from "./manifest/sources.ts";
export { task } from "./manifest/task.ts";
export type { TaskOptions } from "./manifest/task-options.ts";
export type { InputRef } from "./manifest/task-parts.ts";
export { untracked } from "./manifest/untracked.ts";
export {
  ConflictError,
  type ObjectStore,
  type ObjectVersion,
  type PutOptions,
  type SubscribeOptions,
} from "./model/object-store.ts";
