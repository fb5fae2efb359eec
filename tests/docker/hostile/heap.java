// verdict: runtime_error
// limits: memory=256m timeout=60
import java.util.ArrayList;

public class Main {
    public static void main(String[] arguments) {
        ArrayList<byte[]> kept = new ArrayList<>();
        while (true) kept.add(new byte[1 << 20]);
    }
}
