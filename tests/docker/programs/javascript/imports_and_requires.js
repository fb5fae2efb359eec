import { createRequire } from "module";
const require = createRequire(import.meta.url);
const { area } = require("./shapes.js");
if (area(3, 4) !== 12) throw new Error("area");
console.log("ok");
