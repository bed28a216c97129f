package dev.stride.cli;

/** The entry of the program. */
public final class Main {
    private Main() {}

    /** Runs one verb. */
    public static void main(String[] args) {
        System.out.println("stride");
    }
}
