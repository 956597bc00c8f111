/** `_destroyed` is Node's own: true for a timer that has fired for the last time or was cleared. */
type Timer = NodeJS.Timeout & { readonly _destroyed: boolean };

/**
 * From here on, timers are known that do not keep the process alive: Node does not name them among its active resources. Those
 * that modules of Node set for themselves are among them, such as that of `fetch`.
 * @returns Whether one that was set since it was asked last may still fire.
 */
export function hookTimers(): () => boolean {
  const released = new Set<Timer>();
  const probe = setTimeout(() => {}, 0);
  clearTimeout(probe);
  const prototype = Object.getPrototypeOf(probe) as Pick<NodeJS.Timeout, "unref">;
  const real = prototype.unref;
  prototype.unref = function unref(this: Timer) {
    released.add(this);
    return real.call(this);
  };
  return () => {
    const isLeft = [...released].some((timer) => !timer._destroyed && !timer.hasRef());
    released.clear();
    return isLeft;
  };
}
