import { realFiles } from "../../src/host/files/files.ts";

// Digests the file that is named, with the same BLAKE3 as inc: for machines without `b3sum`.
console.log(realFiles.digest(process.argv[2] as string));
