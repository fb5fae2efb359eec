const text = require("fs").readFileSync(0, "utf8");
console.log("hello, " + text.trim().split("\n").join(" "));
