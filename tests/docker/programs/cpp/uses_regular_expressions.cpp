#include <iostream>
#include <regex>
#include <string>

int main()
{
    std::smatch found;
    std::string text = "born in 1815, died in 1852";
    std::regex years(R"((\d{4}).*(\d{4}))");
    bool is = std::regex_search(text, found, years) && found[2] == "1852";
    std::cout << (is ? "ok" : "no") << "\n";
}
