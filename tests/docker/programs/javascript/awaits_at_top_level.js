const answer = await Promise.resolve(42);
for await (const part of [Promise.resolve("o"), Promise.resolve("k")]) process.stdout.write(part);
console.log(answer === 42 ? "" : " not");
