import java.nio.file.*;

public class Files1 {
    static String read(String name) throws Exception {
        return Files.readString(Path.of(name)).strip();
    }

    public static void main(String[] args) throws Exception {
        System.out.println(read("notes.txt") + " " + read("data/deep.txt"));
    }
}
