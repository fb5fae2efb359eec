// verdict: runtime_error
// limits: memory=2g timeout=60
package main

func deeper(number int) int {
	var here [512]int
	here[number%512] = number
	return deeper(number+1) + here[number%511]
}

func main() { println(deeper(1)) }
