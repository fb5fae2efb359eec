const fs = require("fs");
const read = (name) => fs.readFileSync(name, "utf8").trim();
console.log(read("notes.txt"), read(__dirname + "/data/deep.txt"));
