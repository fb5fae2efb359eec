// verdict: passed
// prints: limited
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <system_error>
#include <thread>

int main() {
    try {
        for (;;) std::thread([] { std::this_thread::sleep_for(std::chrono::hours(1)); }).detach();
    } catch (const std::system_error &) {
        std::cout << "limited" << std::endl;
        std::_Exit(0);
    }
}
