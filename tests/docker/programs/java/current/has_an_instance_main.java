class Helper {
    static String word() { return "ok"; }
}

class Program {
    void main() {
        System.out.println(Helper.word());
    }
}
