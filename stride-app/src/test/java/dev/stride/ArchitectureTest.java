package dev.stride;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rooms and who may use whom (docs/decisions.md, "Rooms"); each rule counts what it saw. */
class ArchitectureTest {
    private static final Set<String> NATIVE =
            Set.of("torch", "model", "peft", "checkpoint", "eval", "distributed", "train", "sweep", "chat", "cli");

    /** Each room and the rooms it may use besides {@code config}, which all may use. */
    private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
            Map.entry("config", Set.of()),
            Map.entry("schedule", Set.of()),
            Map.entry("recipe", Set.of("schedule", "monitor")),
            Map.entry("tokenizer", Set.of()),
            Map.entry("data", Set.of("tokenizer")),
            Map.entry("metrics", Set.of()),
            Map.entry("monitor", Set.of()),
            Map.entry("experiment", Set.of()),
            Map.entry("search", Set.of("schedule", "metrics", "experiment")),
            Map.entry("report", Set.of("experiment", "schedule", "search")),
            Map.entry("distributed", Set.of("torch")),
            Map.entry("live", Set.of("experiment", "monitor", "search")),
            Map.entry(
                    "serve",
                    Set.of(
                            "experiment",
                            "live",
                            "report",
                            "metrics",
                            "search",
                            "chat",
                            "tokenizer",
                            "model",
                            "data",
                            "voice")),
            Map.entry("voice", Set.of()),
            Map.entry("samples", Set.of("tokenizer", "data")),
            Map.entry("torch", Set.of()),
            Map.entry("model", Set.of("torch")),
            Map.entry("peft", Set.of("torch", "model")),
            Map.entry("checkpoint", Set.of("torch", "model", "peft")),
            Map.entry("eval", Set.of("torch", "model", "tokenizer", "data", "metrics")),
            Map.entry(
                    "train",
                    Set.of(
                            "schedule",
                            "recipe",
                            "tokenizer",
                            "data",
                            "metrics",
                            "monitor",
                            "experiment",
                            "torch",
                            "model",
                            "peft",
                            "checkpoint",
                            "eval",
                            "distributed")),
            Map.entry(
                    "sweep",
                    Set.of(
                            "schedule",
                            "recipe",
                            "metrics",
                            "monitor",
                            "experiment",
                            "search",
                            "train",
                            "distributed",
                            "tokenizer",
                            "data")),
            Map.entry("chat", Set.of("torch", "model", "peft", "tokenizer")),
            Map.entry(
                    "cli",
                    Set.of(
                            "chat",
                            "voice",
                            "schedule",
                            "recipe",
                            "tokenizer",
                            "data",
                            "metrics",
                            "monitor",
                            "experiment",
                            "live",
                            "report",
                            "search",
                            "serve",
                            "samples",
                            "sweep",
                            "torch",
                            "model",
                            "peft",
                            "checkpoint",
                            "eval",
                            "distributed",
                            "train")));

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.stride");

    @Test
    void everyRoom_usesOnlyTheRoomsItMay() {
        List<String> wrong = new ArrayList<>();
        Set<String> seen = new TreeSet<>();
        for (JavaClass type : classes) {
            String room = room(type);
            seen.add(room);
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                String other = room(dependency.getTargetClass());
                if (!other.isEmpty()
                        && !other.equals(room)
                        && !other.equals("config")
                        && !MAY_USE.getOrDefault(room, Set.of()).contains(other)) {
                    wrong.add(dependency.getDescription());
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(seen)
                .as("the rooms of this test are the rooms that exist")
                .isEqualTo(new TreeSet<>(MAY_USE.keySet()));
    }

    @Test
    void pureRooms_importNoNativeCode() {
        List<String> wrong = new ArrayList<>();
        int pure = 0;
        for (JavaClass type : classes) {
            if (NATIVE.contains(room(type))) {
                continue;
            }
            pure++;
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                if (dependency.getTargetClass().getPackageName().startsWith("org.bytedeco")) {
                    wrong.add(dependency.getDescription());
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(pure).isGreaterThan(50);
    }

    @Test
    void nativeMemoryScopes_areOpenedByTensorScopeAlone() {
        List<String> users = classes.stream()
                .filter(type -> type.getDirectDependenciesFromSelf().stream()
                        .anyMatch(d -> d.getTargetClass().getName().equals("org.bytedeco.javacpp.PointerScope")))
                .map(JavaClass::getSimpleName)
                .toList();
        assertThat(users).containsExactly("TensorScope");
    }

    @Test
    void onlyCli_printsOrExits() {
        List<String> wrong = new ArrayList<>();
        for (JavaClass type : classes) {
            if (room(type).equals("cli")) {
                continue;
            }
            type.getFieldAccessesFromSelf().stream()
                    .filter(access -> access.getTargetOwner().getName().equals("java.lang.System"))
                    .forEach(access -> wrong.add(access.getDescription()));
            type.getMethodCallsFromSelf().stream()
                    .filter(call -> call.getTarget().getFullName().startsWith("java.lang.System.exit"))
                    .forEach(call -> wrong.add(call.getDescription()));
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void sourceFiles_stayReadable() throws IOException {
        Path sources = SharedFolder.projectRoot().resolve("stride-app/src/main/java");
        List<String> tooLong = new ArrayList<>();
        int files = 0;
        try (Stream<Path> walk = Files.walk(sources)) {
            for (Path file : walk.filter(f -> f.toString().endsWith(".java")).toList()) {
                files++;
                long lines;
                try (Stream<String> text = Files.lines(file)) {
                    lines = text.count();
                }
                if (lines > 450) {
                    tooLong.add(sources.relativize(file) + ": " + lines);
                }
            }
        }
        assertThat(tooLong).isEmpty();
        assertThat(files).isGreaterThan(50);
    }

    private static String room(JavaClass type) {
        String name = type.getPackageName();
        if (!name.startsWith("dev.stride.")) {
            return "";
        }
        String rest = name.substring("dev.stride.".length());
        int dot = rest.indexOf('.');
        return dot < 0 ? rest : rest.substring(0, dot);
    }
}
