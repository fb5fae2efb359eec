public class Main {
    public static void main(String[] args) {
        for (int number = 0; number < 10000; number++) System.out.printf("%099d\n", number);
    }
}
