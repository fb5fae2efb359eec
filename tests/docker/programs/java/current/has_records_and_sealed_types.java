import java.util.stream.Stream;

sealed interface Shape permits Circle, Rectangle {}

record Circle(double radius) implements Shape {}

record Rectangle(double width, double height) implements Shape {
    Rectangle {
        if (width < 0) throw new IllegalArgumentException();
    }
}

public record Drawing(String name) {
    static double area(Shape shape) {
        return switch (shape) {
            case Circle(var radius) -> 3 * radius * radius;
            case Rectangle(var width, var height) -> width * height;
        };
    }

    public static void main(String[] args) {
        var text = """
            public class "Decoy" { void main( }
            """;
        double sum = Stream.of(new Circle(1), new Rectangle(3, 4)).mapToDouble(Drawing::area).sum();
        System.out.println(sum == 15 && !text.isEmpty() ? "ok" : "no");
    }
}
