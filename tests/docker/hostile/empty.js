// verdict: passed
// empty
