import org.example.shapes.Rectangle;

public class Drawing {
    public static void main(String[] args) throws Exception {
        boolean right = new Rectangle(3, 4).area() == 12 && Twice.of(3) == 6;
        boolean resource = Drawing.class.getResource("/notes.txt") != null;
        System.out.println(right && resource ? "ok" : "no");
    }
}
