import java.util.*;
import java.util.concurrent.*;
import java.util.stream.*;

public class Pool {
    public static void main(String[] args) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(8);
        List<Future<Integer>> later = new ArrayList<>();
        for (int number = 0; number < 100; number++) {
            int at = number;
            later.add(pool.submit(() -> at * at));
        }
        int sum = 0;
        for (Future<Integer> one : later) sum += one.get();
        pool.shutdown();
        Map<Boolean, List<Integer>> halves =
            IntStream.range(0, 100_000).parallel().boxed().collect(Collectors.partitioningBy(n -> n % 2 == 0));
        System.out.println(sum == 328350 && halves.get(true).size() == 50_000 ? "ok" : "no");
    }
}
