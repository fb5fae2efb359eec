// verdict: runtime_error
// limits: timeout=60
public class Main {
    public static void main(String[] arguments) {
        while (true) {
            Thread sleeper = new Thread(() -> {
                try {
                    Thread.sleep(60_000);
                } catch (InterruptedException ended) {
                    return;
                }
            });
            sleeper.setDaemon(true);
            sleeper.start();
        }
    }
}
