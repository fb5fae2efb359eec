module example.com/drawing

go 1.19

require example.com/shapes v1.0.0
