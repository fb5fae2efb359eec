// verdict: passed
// prints: parent
const { spawn } = require("child_process");
spawn("sh", ["-c", "while :; do sleep 1; done"], { detached: true, stdio: "inherit" }).unref();
console.log("parent");
