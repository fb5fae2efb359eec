#include <iostream>

int main()
{
    std::cout << "žluťoučký 日本語 🦀\n";
}
