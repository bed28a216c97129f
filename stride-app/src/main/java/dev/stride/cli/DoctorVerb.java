package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.torch.Native;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "doctor",
        description = {
            "Says what this machine has for Stride, what is missing and what to do about it; measures matrix products for"
                    + " about a second.",
            "Ends with status 1 when libtorch does not load."
        },
        footer = {"", "Example: stride doctor"})
final class DoctorVerb implements Verb {
    private final Console console;
    private final Map<String, String> environment;
    private final Path folder;
    private final Runnable firstUse;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    DoctorVerb(Console console) {
        this(console, System.getenv(), Path.of(""), Native::threads);
    }

    /**
     * A doctor for a machine.
     *
     * @param environment the process's
     * @param folder where runs would be written
     * @param firstUse of libtorch, which loads it
     */
    DoctorVerb(Console console, Map<String, String> environment, Path folder, Runnable firstUse) {
        this.console = console;
        this.environment = environment;
        this.folder = folder;
        this.firstUse = firstUse;
    }

    @Override
    public Integer call() {
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.ok("Stride", new Main.Version().getVersion()[0]));
        findings.addAll(new MachineFindings(environment, folder).all());
        long start = System.nanoTime();
        Finding failure = LibtorchFindings.failure(firstUse);
        if (failure == null) {
            findings.addAll(LibtorchFindings.all((System.nanoTime() - start) / 1e9));
            findings.add(CudaFinding.look(environment).toFinding());
            findings.add(RanksFinding.look(environment));
        } else {
            findings.add(failure);
        }
        findings.addAll(VoiceFindings.look(environment));
        print(findings);
        return failure == null ? ExitStatus.DONE : ExitStatus.FAILED;
    }

    private void print(List<Finding> findings) {
        if (!json) {
            findings.forEach(finding -> console.print(finding.toText()));
            return;
        }
        ObjectNode document = Json.object();
        ArrayNode list = document.putArray("findings");
        findings.forEach(finding -> list.add(finding.toJson()));
        console.print(Json.text(document));
    }
}
