// verdict: timeout
// limits: timeout=2
public class Main {
    public static void main(String[] arguments) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            while (true) Thread.yield();
        }));
        System.exit(0);
    }
}
