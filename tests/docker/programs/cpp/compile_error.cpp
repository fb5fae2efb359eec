int main()
{
    std::string undeclared;
}
