const assert = require("assert");
const { area } = require("./lib/shapes");
const data = require("./data.json");

assert.strictEqual(area(3, 4), 12);
assert.deepStrictEqual(data, { answer: 42 });
console.log("ok");
