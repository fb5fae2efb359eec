// verdict: timeout runtime_error
// limits: timeout=1
package main

import "os/exec"

func main() {
	for {
		_ = exec.Command("sleep", "60").Start()
	}
}
