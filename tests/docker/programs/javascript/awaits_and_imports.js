import { setTimeout as unused } from "timers";
const fs = await import("fs");
await new Promise((done) => setTimeout(done, 5));
console.log(typeof unused === "function" && fs.existsSync("notes.txt") ? "ok" : "no");
