/** A type as JSON has it: an error where JSON would lose something, such as a Date, a Map or a bigint. */
export type Jsonable<V> = V extends string | number | boolean | null
  ? V
  : V extends bigint | symbol | undefined | ((...args: never[]) => unknown) | { toJSON: unknown }
    ? never
    : V extends readonly unknown[]
      ? { readonly [I in keyof V]: Jsonable<V[I]> }
      : V extends object
        ? {
            readonly [K in keyof V]: undefined extends V[K]
              ? Jsonable<Exclude<V[K], undefined>> | undefined
              : Jsonable<V[K]>;
          }
        : never;
