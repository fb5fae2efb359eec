#include <fstream>
#include <iostream>
#include <string>

int main()
{
    std::string noted, deep;
    std::ifstream("notes.txt") >> noted;
    std::ifstream("data/deep.txt") >> deep;
    std::cout << noted << " " << deep << "\n";
}
