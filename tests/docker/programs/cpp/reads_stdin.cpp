#include <iostream>
#include <string>

int main()
{
    std::string first, second;
    std::cin >> first >> second;
    std::cout << "hello, " << first << " " << second << "\n";
}
