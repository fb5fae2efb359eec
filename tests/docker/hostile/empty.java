// verdict: runtime_error compile_error
// empty
