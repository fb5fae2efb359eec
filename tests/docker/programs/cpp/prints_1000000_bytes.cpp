#include <cstdio>

int main()
{
    for (int number = 0; number < 10000; number++)
        std::printf("%099d\n", number);
}
