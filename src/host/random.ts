/**
 * Random hexadecimal digits for a name that no other process gives by chance. Not for what must not be guessed: that
 * takes node:crypto, which is loaded in 5 ms.
 */
export function randomHex(bytes: number): string {
  return Array.from({ length: bytes }, () =>
    Math.floor(Math.random() * 256)
      .toString(16)
      .padStart(2, "0"),
  ).join("");
}
