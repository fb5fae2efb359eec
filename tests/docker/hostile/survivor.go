// verdict: passed
// prints: parent
package main

import (
	"fmt"
	"os/exec"
)

func main() {
	fmt.Println("parent")
	_ = exec.Command("sh", "-c", "trap '' TERM HUP; while :; do sleep 1; done").Start()
}
