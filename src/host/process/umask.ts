/** The bits that the user's umask leaves of a mode: inc never changes it for itself. */
export function underUmask(mode: number): number {
  return mode & ~process.umask();
}
