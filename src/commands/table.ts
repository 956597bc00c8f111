import Checkout from "./checkout.ts";
import Clean from "./clean.ts";
import Diff from "./diff.ts";
import Doctor from "./doctor.ts";
import Du from "./du.ts";
import Gc from "./gc.ts";
import Get from "./get.ts";
import Graph from "./graph.ts";
import Init from "./init.ts";
import Lineage from "./lineage.ts";
import List from "./list.ts";
import Log from "./log.ts";
import Pin from "./pin.ts";
import Put from "./put.ts";
import Run from "./run.ts";
import Status from "./status.ts";
import Subscribe from "./subscribe.ts";
import Unpin from "./unpin.ts";
import Watch from "./watch.ts";
import Why from "./why.ts";

/** Every command by its name. */
export const COMMANDS = {
  run: Run,
  watch: Watch,
  status: Status,
  why: Why,
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
  pin: Pin,
  unpin: Unpin,
  list: List,
  graph: Graph,
  clean: Clean,
  init: Init,
};
