/** A greeting for one person. */
record Greeting(String name, boolean isFormal) {
    /** The greeting as one sentence. */
    String text() {
        return (isFormal ? "Good day" : "Hello") + ", " + name + "!";
    }
}
