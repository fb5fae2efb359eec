import assert from "assert";
import { area } from "./shapes.mjs";

export const double = (number) => 2 * number;

assert.strictEqual(double(area(3, 4)), 24);
console.log("ok");
