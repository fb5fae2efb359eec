// verdict: timeout
// limits: timeout=2 pids=64
const { spawn } = require("child_process");
setInterval(() => {
  for (let i = 0; i < 50; i++)
    spawn("sleep", ["60"], { detached: true, stdio: "ignore" }).on("error", () => {});
}, 5);
