/** The operating system and architecture, as a fingerprint tags them: `linux-x64`. */
export const PLATFORM = `${process.platform}-${process.arch}`;
