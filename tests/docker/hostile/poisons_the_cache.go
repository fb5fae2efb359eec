// verdict: passed
// prints: 0
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	written := 0
	for _, root := range []string{"/build", os.Getenv("GOROOT"), "/usr/local/go", "/go"} {
		_ = filepath.Walk(root, func(path string, about os.FileInfo, failed error) error {
			if failed != nil || about == nil {
				return nil
			}
			if about.IsDir() {
				path += "/poison"
			}
			if file, refused := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600); refused == nil {
				written++
				file.Close()
			}
			return nil
		})
	}
	fmt.Println(written)
}
