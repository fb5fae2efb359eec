// verdict: compile_error
package main

// #cgo CFLAGS: -fplugin=/work/run/evil.so
// #include <stdlib.h>
import "C"

func main() { C.abort() }
