import { slug } from "./slug.ts";

console.log(slug(process.argv.slice(2).join(" ")));
