// verdict: timeout
// limits: timeout=1
const again = () => Promise.resolve().then(again);
again();
