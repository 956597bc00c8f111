/** Where the walk is: whether code runs when the module is loaded, and whether functions in it may be called then. */
export interface Mode {
  readonly now: boolean;
  readonly isPassed: boolean;
  /** It is given to inc, which changes nothing of it, and calls no function in it while a manifest is evaluated. */
  readonly isGiven: boolean;
  /** It is in such a function. */
  readonly isInert: boolean;
}

/** What a call does with the functions that it is given while a module is loaded: inc keeps them as they are. */
export type Handling = "calls" | "holds" | "keeps";
