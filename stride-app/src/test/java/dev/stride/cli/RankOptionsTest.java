package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.config.ConfigReader;
import dev.stride.config.RunConfig;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class RankOptionsTest {
    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "8, 8"})
    void processes_whereNothingIsSaid_areOneForEachVisibleDevice(int devices, int processes) {
        assertThat(read().processes(config(Map.of()), () -> devices)).isEqualTo(processes);
        assertThat(read("--nproc", "auto").processes(config(Map.of()), () -> devices))
                .isEqualTo(processes);
    }

    @Test
    void processes_whereADeviceIsNamed_areOne() {
        RunConfig named = config(Map.of("--device", List.of("cuda:1")));
        assertThat(read().processes(named, () -> 8)).isOne();
        assertThat(read("--nproc", "2").processes(named, () -> 8)).isEqualTo(2);
    }

    private static RunConfig config(Map<String, List<String>> flags) {
        return ConfigReader.read(null, flags, List.of());
    }

    private static RankOptions read(String... words) {
        return CommandLine.populateCommand(new RankOptions(), words);
    }
}
