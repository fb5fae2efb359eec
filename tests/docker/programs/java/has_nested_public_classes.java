import java.util.Map;

class Helper {
    public static class Inner {
        public static String word() { return "o"; }
    }
}

public class Outer {
    public static class Inner {
        public String word() { return Helper.Inner.word() + "k"; }
    }

    public enum Level { LOW, HIGH; public static void main(String[] args) { } }

    public static void main(String[] args) {
        System.out.println(Map.of(Level.HIGH, new Inner()).get(Level.HIGH).word());
    }
}
