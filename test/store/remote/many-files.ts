import { createCipheriv } from "node:crypto";

/** A task that makes 100 files of 4 KiB that cannot be compressed, and says so. */
export const MANY = `
export const many = task(sh\`mkdir -p \${out("build/many/")} && echo said && node -e '
for (let i = 0; i < 100; i += 1)
  require("fs").writeFileSync("build/many/" + i, require("crypto").createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16, i)).update(Buffer.alloc(4096)))
'\`);
`;

/** What is in one of them. */
export function manyOf(i: number): Buffer {
  return createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16, i)).update(Buffer.alloc(4096));
}
