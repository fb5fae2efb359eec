// verdict: memory_limit
// limits: memory=128m timeout=10
const kept = [];
for (;;) kept.push(Buffer.alloc(1 << 20, 1));
