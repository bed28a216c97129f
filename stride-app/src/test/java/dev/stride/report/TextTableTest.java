package dev.stride.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.StepEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TextTableTest {
    private static ReportRun run(String name, double lr, double loss, double rouge) {
        List<RunEvent> events = new ArrayList<>();
        for (int step = 1; step <= 20; step++) {
            // the last ten have the mean that is asked for, the first ten are far above
            double noise = step <= 10 ? 100 : step % 2 == 0 ? 0.5 : -0.5;
            events.add(new StepEvent(
                    step, loss + noise, Map.of("a", lr * step / 20, "b", lr / 2), 1, 10, 2, 100 + step, 1));
        }
        events.add(new EvalEvent(10, loss - 0.25, 10, Map.of("rouge-l", rouge, "bleu-4", 0.0325), 5));
        events.add(new EvalEvent(20, loss, 10, Map.of(), 5));
        RunResult result = new RunResult(RunResult.Status.FINISHED, 20, null, Map.of(), "");
        return ReportPages.run(name, List.of(), events, result);
    }

    @Test
    void table_ofTwoRuns_figuresByHand() {
        String table = TextTable.of(List.of(run("low", 6e-6, 3.5, 20), run("high", 2e-5, 3.0, 24.5)), Language.ENGLISH);
        assertThat(table).isEqualTo("""
                Run   Peak rate  Train loss  Val. loss   Lowest   at step  BLEU-4   ROUGE-L   Tokens/s  Time  Steps  Status
                ----  ---------  ----------  ----------  -------  -------  -------  --------  --------  ----  -----  --------
                low        6e-6      3.5000     3.5000   3.2500        10  0.0325*    20.00        111  50 s     20  finished
                high       2e-5      3.0000     3.0000*  2.7500*       10  0.0325*    24.50*       111  50 s     20  finished
                """);
    }

    @Test
    void table_ofOneRun_starsNothing() {
        assertThat(TextTable.of(List.of(run("only", 6e-6, 3.5, 20)), Language.ENGLISH))
                .doesNotContain("*");
    }

    @Test
    void table_ofARunWithoutEvents_hasNoEvaluationColumns() {
        String table = TextTable.of(List.of(ReportPages.run("new", List.of())), Language.ENGLISH);
        assertThat(table.lines().toList()).hasSize(3);
        assertThat(table).contains("no result yet").doesNotContain("Val. loss").contains("–");
    }

    @Test
    void table_withChineseWords_staysAligned() {
        String table = TextTable.of(List.of(run("学习率 2e-5", 2e-5, 3.5, 20), run("b", 2e-5, 3.5, 20)), Language.CHINESE);
        List<String> lines = table.lines().toList();
        assertThat(lines.get(0)).startsWith("运行         ");
        assertThat(lines.get(2)).startsWith("学习率 2e-5  ");
        assertThat(lines.get(3)).startsWith("b            ");
    }

    @Test
    void table_withControlCharactersInAName_isStillOneLineARun() {
        String table = TextTable.of(List.of(ReportPages.run("a\nb\u001b[31mc", List.of())), Language.ENGLISH);
        assertThat(table.lines().toList()).hasSize(3);
        assertThat(table).contains("a b [31mc").doesNotContain("\u001b");
    }

    @Test
    void table_ofNumbersThatAreNotFinite_isNotTheBest() {
        ReportRun broken = ReportPages.run("broken", List.of(new EvalEvent(1, Double.NaN, 1, Map.of(), 1)));
        String table = TextTable.of(List.of(broken, run("good", 2e-5, 3.5, 20)), Language.ENGLISH);
        assertThat(table.lines().toList().get(2)).contains("NaN").doesNotContain("*");
        assertThat(table.lines().toList().get(3)).contains("3.5000*");
    }
}
