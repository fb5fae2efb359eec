#include <atomic>
#include <future>
#include <iostream>
#include <thread>
#include <vector>

int main()
{
    std::atomic<int> sum{0};
    std::vector<std::thread> threads;
    for (int at = 0; at < 8; at++)
        threads.emplace_back([&sum, at] { sum += at; });
    for (auto &thread : threads)
        thread.join();
    auto later = std::async(std::launch::async, [] { return 14; });
    std::cout << (sum + later.get() == 42 ? "ok" : "no") << "\n";
}
