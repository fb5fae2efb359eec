module example.com/drawing
