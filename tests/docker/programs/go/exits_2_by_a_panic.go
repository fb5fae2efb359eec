package main

func main() {
	panic("at once")
}
