// verdict: timeout
// limits: timeout=2
public class Main {
    public static void main(String[] arguments) {
        while (true) {
            try {
                new ProcessBuilder("sleep", "60").start();
            } catch (Throwable refused) {
                Thread.yield();
            }
        }
    }
}
