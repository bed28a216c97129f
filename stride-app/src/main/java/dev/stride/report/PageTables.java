package dev.stride.report;

import dev.stride.experiment.RunEvent;
import dev.stride.experiment.VerdictEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The tables of a page in which runs mostly agree: what is the same for all stands once. */
final class PageTables {
    private final Markup page;
    private final List<ReportRun> runs;

    PageTables(Markup page, List<ReportRun> runs) {
        this.page = page;
        this.runs = runs;
    }

    /** A row, and the runs that it is true of. */
    private record Row(List<String> cells, Set<Integer> runs) {}

    void plan() {
        List<Row> rows = rows(run -> cells(run.ledger()));
        if (rows.isEmpty()) {
            page.open("p", "class", "note").words(Words.NO_PLAN).close();
        } else {
            table(rows, Terms::entry, Words.NAME, Words.VALUE, Words.REASON);
            page.open("p", "class", "note").words(Words.REASONS_NOTE).close();
        }
    }

    /** What the other profile of a plan would have chosen, where the plan says so. */
    void otherProfiles() {
        Set<String> names = new LinkedHashSet<>();
        for (ReportRun run : runs) {
            if (run.otherProfile() != null) {
                names.add(run.otherProfile().name());
            }
        }
        names.forEach(this::otherProfile);
    }

    private void otherProfile(String name) {
        page.open("h3").words(Words.OTHER_PROFILE, name).close();
        List<Row> refusals = rows(run -> others(run, name, other -> sentence(other.refusal())));
        for (Row refusal : refusals) {
            page.open("p", "class", "note");
            if (runs.size() > 1) {
                who(refusal);
                page.text(": ");
            }
            page.element("span", refusal.cells().get(0), "class", "given")
                    .close()
                    .line();
        }
        List<Row> ledger = rows(run -> others(run, name, other -> cells(other.ledger())));
        if (!ledger.isEmpty()) {
            table(ledger, Terms::entry, Words.NAME, Words.VALUE, Words.REASON);
        }
        List<Row> choices = rows(run -> others(run, name, other -> cells(other.choices())));
        if (!choices.isEmpty()) {
            page.open("h4").words(Words.OTHER_DIFFERENCES).close();
            table(choices, Terms::entry, Words.NAME, Words.VALUE, Words.REASON);
        } else if (refusals.isEmpty()) {
            page.open("p", "class", "note").words(Words.NO_DIFFERENCES).close();
        }
    }

    /** What is read of a run's other profile; nothing where that has another name. */
    private static List<List<String>> others(
            ReportRun run, String name, Function<OtherProfile, List<List<String>>> cells) {
        OtherProfile other = run.otherProfile();
        return other == null || !other.name().equals(name) ? List.of() : cells.apply(other);
    }

    private static List<List<String>> sentence(String text) {
        return text.isEmpty() ? List.of() : List.of(List.of(text));
    }

    /** What guards decided, with the evidence. */
    void verdicts(List<Strand> strands) {
        boolean several = strands.size() > 1;
        List<Strand> judged = strands.stream()
                .filter(strand -> strand.events().stream().anyMatch(VerdictEvent.class::isInstance))
                .toList();
        if (judged.isEmpty()) {
            page.open("p", "class", "note").words(Words.NO_VERDICTS).close();
            return;
        }
        head(several, Words.AT_STEP, Words.GUARD, Words.ACTION, Words.EVIDENCE);
        for (Strand strand : judged) {
            for (RunEvent event : strand.events()) {
                if (event instanceof VerdictEvent verdict) {
                    page.open("tr", "class", "run-" + strand.run());
                    page.element("th", Long.toString(verdict.step()), "scope", "row", "class", "given");
                    named("td", Terms.guard(verdict.monitor()));
                    named("td", Terms.action(verdict.action()));
                    page.element("td", verdict.reason(), "class", "given");
                    if (several) {
                        page.element("td", strand.name(), "class", "given");
                    }
                    page.close().line();
                }
            }
        }
        page.close().close().close();
    }

    void warnings() {
        page.open("ul", "class", "warnings").line();
        for (Row row : rows(run -> run.warnings().stream().map(List::of).toList())) {
            page.open("li");
            if (runs.size() > 1) {
                page.open("span", "class", "when");
                who(row);
                page.close();
            }
            page.element("span", row.cells().get(0), "class", "given").close().line();
        }
        page.close();
    }

    void environment() {
        table(
                rows(run -> run.environment().entrySet().stream()
                        .map(fact -> List.of(fact.getKey(), fact.getValue()))
                        .toList()),
                BilingualText::of,
                Words.FACT,
                Words.VALUE);
    }

    /** All rows, those of one name together, in the order in which the names first appear. */
    private List<Row> rows(Function<ReportRun, List<List<String>>> cells) {
        Map<String, Map<List<String>, Set<Integer>>> byName = new LinkedHashMap<>();
        for (int i = 0; i < runs.size(); i++) {
            for (List<String> row : cells.apply(runs.get(i))) {
                byName.computeIfAbsent(row.get(0), name -> new LinkedHashMap<>())
                        .computeIfAbsent(row, same -> new LinkedHashSet<>())
                        .add(i);
            }
        }
        List<Row> rows = new ArrayList<>();
        byName.values().forEach(same -> same.forEach((row, who) -> rows.add(new Row(row, who))));
        return rows;
    }

    /** A cell with a name of the program's own. */
    private void named(String tag, BilingualText name, String... attributes) {
        page.open(tag, attributes)
                .open("span", "class", "given")
                .both(name.english(), name.chinese())
                .close()
                .close();
    }

    private void table(List<Row> rows, Function<String, BilingualText> names, Words... headings) {
        boolean several = rows.stream().anyMatch(row -> row.runs().size() < runs.size());
        head(several, headings);
        for (Row row : rows) {
            page.open("tr");
            named("th", names.apply(row.cells().get(0)), "scope", "row");
            for (String cell : row.cells().subList(1, row.cells().size())) {
                page.element("td", cell, "class", "given");
            }
            if (several) {
                page.open("td");
                who(row);
                page.close();
            }
            page.close().line();
        }
        page.close().close().close();
    }

    /** Opens a table and its body; three elements are open then. */
    private void head(boolean several, Words... headings) {
        page.open("div", "class", "scroll")
                .open("table", "class", "ledger")
                .open("thead")
                .open("tr");
        for (Words heading : headings) {
            page.open("th", "scope", "col").words(heading).close();
        }
        if (several) {
            page.open("th", "scope", "col").words(Words.RUN).close();
        }
        page.close().close().open("tbody").line();
    }

    private static List<List<String>> cells(List<LedgerEntry> entries) {
        return entries.stream()
                .map(entry -> List.of(entry.name(), entry.value(), entry.reason()))
                .toList();
    }

    private void who(Row row) {
        if (row.runs().size() == runs.size()) {
            page.words(Words.ALL_RUNS);
            return;
        }
        boolean begun = false;
        for (int run : row.runs()) {
            page.text(begun ? ", " : "");
            page.element("span", runs.get(run).name(), "class", "given");
            begun = true;
        }
    }
}
