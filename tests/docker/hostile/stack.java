// verdict: runtime_error
public class Main {
    static int deeper(int number) {
        return 1 + deeper(number + 1);
    }

    public static void main(String[] arguments) {
        System.out.println(deeper(0));
    }
}
