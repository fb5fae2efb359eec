// verdict: timeout memory_limit compile_error
// limits: compile_timeout=4 memory=256m
import java.util.concurrent.Callable;
import java.util.function.Supplier;

public class Main {
    static <T> T f(Callable<T> one) throws Exception { return one.call(); }
    static <T> T f(Supplier<T> one) { return one.get(); }

    public static void main(String[] arguments) throws Exception {
        f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() ->
        f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() ->
        1))))))))))))))))))));
    }
}
