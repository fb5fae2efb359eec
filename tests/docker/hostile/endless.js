// verdict: timeout
// limits: timeout=1
setInterval(() => {}, 1000);
