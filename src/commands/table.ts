import Accept from "./accept.ts";
import CacheLs from "./cache/ls.ts";
import CachePrune from "./cache/prune.ts";
import CachePull from "./cache/pull.ts";
import CachePush from "./cache/push.ts";
import CacheStats from "./cache/stats.ts";
import CacheVerify from "./cache/verify.ts";
import Checkout from "./checkout.ts";
import Ci from "./ci/ci.ts";
import Clean from "./clean.ts";
import Doctor from "./doctor.ts";
import Du from "./du.ts";
import Gc from "./gc.ts";
import Graph from "./graph.ts";
import Diff from "./help/diff.ts";
import Get from "./help/get.ts";
import Lineage from "./help/lineage.ts";
import Log from "./help/log.ts";
import Run from "./help/run.ts";
import Status from "./help/status.ts";
import Watch from "./help/watch.ts";
import Init from "./init.ts";
import List from "./list.ts";
import Pin from "./pin/pin.ts";
import Unpin from "./pin/unpin.ts";
import Put from "./put.ts";
import Subscribe from "./subscribe.ts";
import Why from "./why.ts";

/** Every command by its name. */
export const COMMANDS = {
  run: Run,
  watch: Watch,
  status: Status,
  why: Why,
  accept: Accept,
  log: Log,
  diff: Diff,
  get: Get,
  checkout: Checkout,
  lineage: Lineage,
  put: Put,
  subscribe: Subscribe,
  doctor: Doctor,
  du: Du,
  gc: Gc,
  "cache:push": CachePush,
  "cache:pull": CachePull,
  "cache:stats": CacheStats,
  "cache:ls": CacheLs,
  "cache:verify": CacheVerify,
  "cache:prune": CachePrune,
  pin: Pin,
  unpin: Unpin,
  list: List,
  graph: Graph,
  clean: Clean,
  init: Init,
  ci: Ci,
};
