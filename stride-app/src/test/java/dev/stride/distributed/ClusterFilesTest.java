package dev.stride.distributed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ClusterFilesTest {
    /** What a shell, a YAML reader or both could take for something else. */
    private static final List<String> ARGUMENTS = List.of(
            "--model",
            "/data/a model",
            "--out",
            "it's $HOME \"quoted\" `now`; # no: comment",
            "--data",
            "行\\n, [a], {b}, *c, &d",
            "--steps",
            "010",
            "--note",
            "",
            "--last",
            "two\nlines\tand a tab");

    @TempDir
    Path folder;

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "runs bash")
    void slurm_isAScript_whoseArgumentsArriveAsTheyWere() throws Exception {
        Path script = folder.resolve("job.sh");
        Files.writeString(script, ClusterFiles.slurm(new ClusterFiles.Job(3, 4, ARGUMENTS)));
        assertThat(bash("-n", script.toString())).isEmpty();
        // an srun that says what it was given, one argument after the other
        Path srun = folder.resolve("srun");
        Files.writeString(srun, "#!/bin/bash\nprintf '%s\\0' \"$@\"\n");
        assertThat(srun.toFile().setExecutable(true)).isTrue();
        List<String> expected = new ArrayList<>(List.of("--kill-on-bad-exit=1", "stride", "train"));
        expected.addAll(ARGUMENTS);
        assertThat(List.of(bash(script.toString()).split("\0", -1)))
                .startsWith(expected.toArray(String[]::new))
                .hasSize(expected.size() + 1); // nothing behind the last
        assertThat(Files.readAllLines(script)).contains("#SBATCH --nodes=3", "#SBATCH --ntasks-per-node=4");
    }

    @Test
    void kubernetes_isYaml_whoseArgumentsArriveAsTheyWere_andWhoseEnvironmentMakesRanks() throws Exception {
        String text = ClusterFiles.kubernetes(new ClusterFiles.Job(3, 2, ARGUMENTS), "registry.example/stride:1");
        List<JsonNode> documents = new ArrayList<>();
        YAMLMapper mapper = new YAMLMapper();
        try (var parser = new YAMLFactory().createParser(text)) {
            mapper.readValues(parser, JsonNode.class).forEachRemaining(documents::add);
        }
        assertThat(documents).hasSize(2);
        JsonNode service = documents.get(0);
        JsonNode job = documents.get(1);
        assertThat(service.at("/spec/clusterIP").asText()).isEqualTo("None");
        assertThat(service.at("/spec/publishNotReadyAddresses").asBoolean()).isTrue();
        assertThat(job.at("/spec/completionMode").asText()).isEqualTo("Indexed");
        assertThat(job.at("/spec/completions").asInt()).isEqualTo(6);
        assertThat(job.at("/spec/parallelism").asInt()).isEqualTo(6);
        JsonNode container = job.at("/spec/template/spec/containers/0");
        assertThat(container.get("image").asText()).isEqualTo("registry.example/stride:1");
        List<String> command = new ArrayList<>();
        container.get("command").forEach(word -> command.add(word.textValue()));
        List<String> expected = new ArrayList<>(List.of("stride", "train"));
        expected.addAll(ARGUMENTS);
        assertThat(command).isEqualTo(expected);
        // the first pod's name below the service's, as the pods find it
        assertThat(job.at("/spec/template/spec/subdomain").asText())
                .isEqualTo(service.at("/metadata/name").asText());
        Map<String, String> environment = new HashMap<>();
        container
                .get("env")
                .forEach(one -> environment.put(
                        one.get("name").textValue(), one.get("value").textValue()));
        environment.put("JOB_COMPLETION_INDEX", "4");
        assertThat(RankEnv.of(environment)).isEqualTo(new RankEnv(4, 6, 0, "stride-0.stride", 29_500, "Kubernetes"));
    }

    private String bash(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("bash"));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PATH", folder + ":" + System.getenv("PATH"));
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }
}
