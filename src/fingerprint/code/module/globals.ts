/** Globals that compute: calling them, or their functions, changes nothing but what they are given. */
const COMPUTING = new Set(
  (
    "Array ArrayBuffer AggregateError AbortController AbortSignal BigInt BigInt64Array BigUint64Array Blob Boolean Buffer " +
    "DataView Date Error EvalError FinalizationRegistry Float32Array Float64Array Headers Infinity Int16Array Int32Array " +
    "Int8Array Intl JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Request Response " +
    "Set SharedArrayBuffer String Symbol SyntaxError TextDecoder TextEncoder TypeError URIError URL URLSearchParams " +
    "Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet atob btoa clearInterval clearTimeout " +
    "console crypto decodeURI decodeURIComponent encodeURI encodeURIComponent fetch isFinite isNaN parseFloat parseInt " +
    "performance queueMicrotask setImmediate setInterval setTimeout structuredClone"
  ).split(" "),
);

/** Constructors that only hold what they are given: a function among it is not called. */
const HOLDING = new Set(["Map", "Set", "WeakMap", "WeakSet", "WeakRef", "Error", "TypeError", "RangeError"]);

/** Functions of Object and Reflect that change their first argument. */
const CHANGING = /^(?:assign|define\w*|deleteProperty|freeze|preventExtensions|seal|set|setPrototypeOf)$/;

/** Functions that call what they are given. */
const CALLING =
  /^(?:Array\.from\w*|(?:Map|Object)\.groupBy|Promise|Promise\.try|Reflect\.(?:apply|construct)|queueMicrotask|set(?:Immediate|Interval|Timeout))$/;

const TAKING =
  /^(?:(?:Weak)?(?:Map|Set)|\w*Array|\w*Array\.from\w*|(?:Map|Object)\.groupBy|Object\.fromEntries|Promise\.\w+|Iterator\.\w+|URLSearchParams|Headers)$/;

const ASKING_PROCESS = /^(?:cwd|hrtime|memoryUsage|cpuUsage|uptime|nextTick|getBuiltinModule|emitWarning)$/;

/** Functions of globals by which others in the process see something else: `performance.mark`, `URL.createObjectURL`. */
const KEPT_BY_PROCESS =
  /^(?:performance\.(?:mark|measure|clear\w+|setResourceTimingBufferSize|timerify)|URL\.(?:create|revoke)ObjectURL|console\.(?:count\w*|group\w*|time\w*))$/;

/** True when calling a global, or a function of a global, changes at most its arguments. */
export function computes(name: string, member: string | undefined): boolean {
  if (name === "process") return member !== undefined && ASKING_PROCESS.test(member);
  if (member !== undefined && KEPT_BY_PROCESS.test(`${name}.${member}`)) return false;
  return COMPUTING.has(name);
}

export function changesArgument(name: string, member: string | undefined): boolean {
  return (name === "Object" || name === "Reflect") && member !== undefined && CHANGING.test(member);
}

/** True for a function that calls others. @param given How many arguments there are: one for JSON is no function. */
export function callsArgument(name: string, member: string | undefined, given: number): boolean {
  return name === "JSON" ? given > 1 : CALLING.test(member === undefined ? name : `${name}.${member}`);
}

/** True for a function that takes items out of an iterator. */
export function takesItems(name: string, member: string | undefined): boolean {
  return TAKING.test(member === undefined ? name : `${name}.${member}`);
}

export function onlyHolds(name: string): boolean {
  return HOLDING.has(name);
}

/** Running text as code: it can use every name of its module. */
export function runsText(name: string): boolean {
  return name === "eval" || name === "Function";
}

/** Values through which everything global can be changed. */
export function isEverything(name: string): boolean {
  return name === "globalThis" || name === "global" || name === "process";
}
