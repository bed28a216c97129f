package dev.stride.config;

/** docs/knobs.md, made from the registry. */
final class KnobsPage {
    private KnobsPage() {}

    static String text() {
        StringBuilder page = new StringBuilder("""
                # Knobs

                Every setting of Stride. This page is made from the registry in the code; a test keeps it true.

                A key stands in a YAML file under its section (`optimizer:` and below it `lr: 2e-5`), as a flag (`--lr 2e-5`), or as
                `--set optimizer.lr=2e-5`. Defaults give way to the task's recipe, the recipe to the file, the file to flags, flags to
                `--set`. A key that would have no effect is refused. Every number may be written as `2e-5`, `2.0E-05` or `0.00002`.
                """);
        String section = "";
        for (Knob knob : Knobs.all()) {
            String next = knob.section().isEmpty() ? knob.path() : knob.section();
            if (!next.equals(section)) {
                section = next;
                page.append("\n## ")
                        .append(section)
                        .append(
                                "\n| key | flag | default | allowed | what it does |\n| --- | --- | --- | --- | --- |\n");
            }
            page.append(row(knob));
        }
        return page.toString();
    }

    private static String row(Knob knob) {
        String standard = knob.defaultText() == null ? knob.absent() : "`" + knob.defaultText() + "`";
        String unit = knob.unit().isEmpty() || knob.unit().contains("%") ? "" : " (" + knob.unit() + ")";
        return "| `" + knob.path() + "` | `" + knob.flag() + "` | " + standard + " | " + knob.allowed() + unit + " | "
                + knob.doc() + " |\n";
    }
}
