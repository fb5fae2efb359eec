// verdict: compile_error timeout memory_limit
// limits: compile_timeout=10 memory=256m
public class Main {
    static final String A = "xxxxxxxxxxxxxxxx", B = A + A + A + A + A + A + A + A + A + A + A + A;
    static final String C = B + B + B + B + B + B + B + B + B + B + B + B + B + B + B + B + B + B;
    static final String D = C + C + C + C + C + C + C + C + C + C + C + C + C + C + C + C + C + C;
    static final String E = D + D + D + D + D + D + D + D + D + D + D + D + D + D + D + D + D + D;
    static final String F = E + E + E + E + E + E + E + E + E + E + E + E + E + E + E + E + E + E;
    static final String G = F + F + F + F + F + F + F + F + F + F + F + F + F + F + F + F + F + F;

    public static void main(String[] arguments) {
        System.out.println(G.length());
    }
}
