template <typename T> T area(T width, T height) { return width * height; }
