import java.util.Scanner;

class Reader {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        System.out.println("hello, " + in.nextLine() + " " + in.nextLine());
    }
}
