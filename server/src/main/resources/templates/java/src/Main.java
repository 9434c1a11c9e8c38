import java.util.List;

/** Greets the person named on the command line. */
final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        var names = arguments.length == 0 ? List.of("world") : List.of(arguments);
        for (var name : names) {
            System.out.println(new Greeting(name, false).text());
        }
    }
}
