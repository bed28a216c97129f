package dev.stride.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.SharedFolder;
import dev.stride.config.ConfigReader;
import dev.stride.config.LoraConfig;
import dev.stride.config.Method;
import dev.stride.config.RunConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every file of recipes/, run with the very command that its header gives. */
class RecipesFolderTest {
    private static final Path FOLDER = SharedFolder.projectRoot().resolve("recipes");

    @Test
    void recipes_withTheirCommands_areReadAndPlanned() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(FOLDER)) {
            files = all.sorted().toList();
        }
        assertThat(files)
                .hasSize(8)
                .allSatisfy(file -> assertThat(file.toString()).endsWith(".yaml"));
        for (Path file : files) {
            RunConfig config = read(file).requireForTraining();
            RunPlan plan = Planner.plan(
                    config,
                    new DataFacts(5000, 620_000, 400_000, 210, 0),
                    PlannerTest.SIX_BILLION,
                    new MachineFacts("a card", true, 160L << 30, 16, true));
            assertThat(plan.toText()).as("%s", file).contains("rate").contains("memory");
            assertThat(plan.updates().value()).as("%s", file).isPositive();
        }
    }

    @Test
    void advertisegenLora_isTheOfficialDemosRun() throws IOException {
        RunConfig config = read(FOLDER.resolve("advertisegen-lora.yaml"));
        assertThat(config.tuning()).isEqualTo(new LoraConfig(8, 32, 0.1, List.of("query_key_value"), false));
        RunPlan plan = plan(config);
        assertThat(plan.updates().value()).isEqualTo(3000);
        assertThat(plan.maxTokens().value()).isEqualTo(769);
        // the demo's log: update 10 of 4000 shows the rate behind it, 5e-5 x (1 - 10/4000); here T is 3000
        assertThat(plan.schedule().at(11)).isCloseTo(5e-5 * (1 - 10 / 3000.0), within(5e-14));
        assertThat(config.optimizer().weightDecay()).isZero();
    }

    @Test
    void advertisegenFull_trainsEverything() throws IOException {
        RunConfig config = read(FOLDER.resolve("advertisegen-full.yaml"));
        assertThat(config.tuning().method()).isEqualTo(Method.FULL);
        assertThat(config.optimizer().lr()).isEqualTo(5e-5);
    }

    /** The rates that the reference used, update for update. */
    @Test
    void twins_everyUpdate_hasTheReferencesRate() throws IOException {
        JsonNode expected = new ObjectMapper()
                .readTree(SharedFolder.require("golden/twin/expected.json").toFile());
        Map<String, String> runs = Map.of(
                "twin-full.yaml", "full", "twin-micro-batches.yaml", "full_accumulated", "twin-lora.yaml", "lora");
        int compared = 0;
        for (Map.Entry<String, String> run : runs.entrySet()) {
            RunPlan plan = plan(read(FOLDER.resolve(run.getKey())));
            JsonNode steps = expected.path(run.getValue()).path("steps");
            assertThat(plan.updates().value()).isEqualTo(steps.size());
            for (JsonNode step : steps) {
                double lr = step.path("lr").asDouble();
                assertThat(plan.schedule().at(step.path("step").asLong()))
                        .as("%s, update %s", run.getKey(), step.path("step"))
                        .isCloseTo(lr, within(lr * 1e-12));
                compared++;
            }
        }
        assertThat(compared).isEqualTo(24 + 10 + 24);
    }

    private static RunPlan plan(RunConfig config) {
        return Planner.plan(
                config,
                new DataFacts(64, 8000, 5000, 170, 0),
                PlannerTest.SIX_BILLION,
                new MachineFacts("a card", true, 160L << 30, 16, true));
    }

    private static RunConfig read(Path file) throws IOException {
        String header = Files.readAllLines(file).stream()
                .takeWhile(line -> line.startsWith("#"))
                .map(line -> line.substring(1).strip())
                .collect(Collectors.joining("\n"));
        int start = header.indexOf("./stride train ");
        assertThat(start).as("%s gives its command", file).isNotNegative();
        List<String> words = new ArrayList<>();
        for (String line : header.substring(start).split("\n")) {
            words.addAll(List.of(line.replaceFirst("\\\\$", "").strip().split(" +")));
            if (!line.endsWith("\\")) {
                break;
            }
        }
        Map<String, List<String>> flags = new LinkedHashMap<>();
        for (int i = 2; i < words.size(); i += 2) {
            flags.put(words.get(i), List.of(words.get(i + 1)));
        }
        assertThat(flags.remove("--config"))
                .as("%s names itself", file)
                .containsExactly("recipes/" + file.getFileName());
        return ConfigReader.read(file, flags, List.of());
    }
}
