// verdict: output_limit
public class Main {
    public static void main(String[] arguments) {
        while (true) System.out.println("flood");
    }
}
