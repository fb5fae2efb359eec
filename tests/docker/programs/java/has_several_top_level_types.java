import java.util.List;

interface Shape {
    double area();
}

enum Unit { METRE, FOOT }

class Square implements Shape {
    private final double side;

    Square(double side) {
        this.side = side;
    }

    public double area() {
        return side * side;
    }
}

class Program {
    public static void main(String[] args) {
        // public class Decoy { public static void main(String[] a) {} }
        String text = "public class Other { void main() }";
        boolean right = List.of(new Square(2), new Square(3)).stream().mapToDouble(Shape::area).sum() == 13;
        System.out.println(right && Unit.values().length == 2 && !text.isEmpty() ? "ok" : "no");
    }
}
