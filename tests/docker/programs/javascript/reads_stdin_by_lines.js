const readline = require("readline");

async function main() {
  const lines = [];
  for await (const line of readline.createInterface({ input: process.stdin })) lines.push(line);
  if (lines.join(" ") !== "Ada Lovelace") throw new Error(lines.join(" "));
  console.log("ok");
}
main();
