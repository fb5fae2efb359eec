public class Main {
    public static void main(String... words) {
        System.out.println(String.join("|", words) + "|" + System.getenv("GREETING"));
    }
}
