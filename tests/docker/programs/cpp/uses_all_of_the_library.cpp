#include <bits/stdc++.h>
using namespace std;

int main()
{
    priority_queue<pair<int, string>> queue;
    queue.push({1, "k"});
    queue.push({2, "o"});
    while (!queue.empty()) {
        cout << queue.top().second;
        queue.pop();
    }
    cout << "\n";
}
