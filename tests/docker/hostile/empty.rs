// verdict: compile_error
// empty
