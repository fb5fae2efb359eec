#include "shapes.hpp"
#include <iostream>

int main()
{
    std::cout << (area(3, 4) == 12 ? "ok" : "no") << "\n";
}
