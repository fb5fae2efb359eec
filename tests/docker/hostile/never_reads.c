// verdict: passed
// prints: unread
// stdin: 4000000
#include <stdio.h>

int main(void) { puts("unread"); }
