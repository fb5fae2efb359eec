#include <cstdlib>
#include <iostream>

int main(int count, char **words)
{
    for (int at = 1; at < count; at++)
        std::cout << words[at] << "|";
    std::cout << std::getenv("GREETING") << "\n";
}
