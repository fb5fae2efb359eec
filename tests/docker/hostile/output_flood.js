// verdict: output_limit
// limits: output=65536
for (;;) require("fs").writeSync(1, "flood\n");
