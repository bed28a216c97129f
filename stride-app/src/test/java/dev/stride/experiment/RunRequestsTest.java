package dev.stride.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.experiment.RunRequest.Action;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunRequestsTest {
    private static final Instant AT = Instant.parse("2026-11-24T18:00:00.123Z");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path run;

    private final AtomicLong nanos = new AtomicLong(-5);

    private static RunRequest request(Action action, String text) {
        return new RunRequest(action, text, "page", AT);
    }

    private RunRequests requests() {
        return new RunRequests(run, nanos::get);
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(
                Files.createDirectories(run.resolve("requests")).resolve(name), text);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(run.resolve("requests"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @ParameterizedTest
    @EnumSource
    void ask_isTakenAsItWasAsked_andGoneOnceDone(Action action) throws IOException {
        RunRequest asked = request(action, "因为 it rises");
        String id = RunRequests.ask(run, asked);
        assertThat(id).matches("1795543200123-[0-9a-f]{8}");
        RunRequests requests = requests();
        List<RunRequests.Found> found = requests.take();
        assertThat(found).containsExactly(new RunRequests.Asked(id, asked));
        assertThat(names()).containsExactly(id + ".json");
        requests.done((RunRequests.Asked) found.get(0));
        assertThat(names()).isEmpty();
    }

    @Test
    void ask_whereNoRunIs_makesNoFolder() {
        Path absent = run.resolve("absent");
        assertThatThrownBy(() -> RunRequests.ask(absent, request(Action.STOP, "")))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("absent");
        assertThat(absent).doesNotExist();
    }

    @Test
    void ask_farTooLong_isRefusedAndWritesNothing() {
        assertThatThrownBy(() -> RunRequests.ask(run, request(Action.NOTE, "x".repeat(1 << 20))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(run.resolve("requests")).doesNotExist();
    }

    @Test
    void take_inOrderOfNames_eachOnce() throws IOException {
        write("0000000000200-bbbbbbbb.json", "{\"action\":\"stop\"}");
        write("0000000000100-cccccccc.json", "{\"action\":\"note\",\"text\":\"first\"}");
        RunRequests requests = requests();
        assertThat(requests.take())
                .extracting(found -> ((RunRequests.Asked) found).request().action())
                .containsExactly(Action.NOTE, Action.STOP);
        nanos.addAndGet(1_000_000_000);
        assertThat(requests.take()).isEmpty();
    }

    @Test
    void take_looksFiveTimesASecond() throws IOException {
        RunRequests requests = requests();
        List<Long> seen = new ArrayList<>();
        assertThat(requests.take()).isEmpty();
        for (int millisecond = 1; millisecond <= 1000; millisecond++) {
            write(millisecond + ".json", "{\"action\":\"note\"}");
            nanos.addAndGet(1_000_000);
            if (!requests.take().isEmpty()) {
                seen.add((long) millisecond);
            }
        }
        assertThat(seen).containsExactly(200L, 400L, 600L, 800L, 1000L);
    }

    @Test
    void take_aNameThatIsWrittenAgain_isAskedAgain() throws IOException {
        RunRequests requests = requests();
        for (int i = 0; i < 3; i++) {
            write("mine.json", "{\"action\":\"halve\"}");
            List<RunRequests.Found> found = requests.all();
            assertThat(found).hasSize(1);
            requests.done((RunRequests.Asked) found.get(0));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{\"action\":\"st",
                "[]",
                "{}",
                "{\"action\":\"format the disk\"}",
                "{\"action\":7}",
                "{\"action\":\"stop\",\"at\":\"yesterday\"}",
                "{\"action\":\"note\",\"text\":[\"a\"]}"
            })
    void take_whatIsNoRequest_isNamedMovedAsideAndNotSeenAgain(String text) throws IOException {
        write("5-bad.json", text);
        RunRequests requests = requests();
        List<RunRequests.Found> found = requests.all();
        assertThat(found).singleElement().isInstanceOf(RunRequests.Refused.class);
        assertThat(((RunRequests.Refused) found.get(0)).sentence())
                .contains("requests/5-bad.json")
                .contains("It is now 5-bad.json.refused.");
        assertThat(names()).containsExactly("5-bad.json.refused");
        assertThat(requests.all()).isEmpty();
        assertThat(requests().all()).isEmpty();
    }

    @Test
    void take_aFolderAndALinkAndAHugeFile_areMovedAside() throws IOException {
        Path secret = Files.writeString(run.resolve("elsewhere"), "{\"action\":\"stop\"}");
        write("3.json", " ".repeat((1 << 20) + 1));
        Files.createDirectory(run.resolve("requests/1.json"));
        Files.createSymbolicLink(run.resolve("requests/2.json"), secret);
        assertThat(requests().all()).hasSize(3).allMatch(RunRequests.Refused.class::isInstance);
        assertThat(names()).containsExactly("1.json.refused", "2.json.refused", "3.json.refused");
        assertThat(secret).hasContent("{\"action\":\"stop\"}");
    }

    @Test
    void take_leavesWhatIsBeingWrittenAlone() throws IOException {
        write(".1-a.json.tmp", "{");
        write(".hidden.json", "{");
        write("readme.txt", "mine");
        assertThat(requests().all()).isEmpty();
        assertThat(names()).containsExactly(".1-a.json.tmp", ".hidden.json", "readme.txt");
    }

    @Test
    void take_whereTheFolderIsAFile_findsNothing() throws IOException {
        Files.writeString(run.resolve("requests"), "mine");
        assertThat(requests().all()).isEmpty();
    }

    @Test
    void shownText_hasOneLineWithoutControls() {
        String text = "\u0000a\u001b[31m\n\tb\u202e c\u0007 \ud800d 好\r\n";
        assertThat(request(Action.NOTE, text).shownText()).isEqualTo("a[31m b c d 好");
        assertThat(new RunRequest(Action.STOP, "", "pa\nge", AT).asker()).isEqualTo("a person (pa ge)");
        assertThat(new RunRequest(Action.STOP, "", "", AT).asker()).isEqualTo("a person");
    }

    @Test
    void shownText_tooLong_isCutBetweenCharactersAndSaysSo() {
        assertThat(request(Action.NOTE, "x".repeat(2000)).shownText()).isEqualTo("x".repeat(2000));
        assertThat(request(Action.NOTE, "x".repeat(2001)).shownText())
                .isEqualTo("x".repeat(2000) + " (cut: 2000 of 2001 characters)");
        String faces = "x" + "\ud83d\ude00".repeat(1000);
        assertThat(request(Action.NOTE, faces).shownText())
                .isEqualTo("x" + "\ud83d\ude00".repeat(999) + " (cut: 1999 of 2001 characters)");
    }

    @Test
    void json_hasTheKeysOfTheContract() throws IOException {
        RunRequest request = request(Action.NOTE, "warm");
        String text = "{\"action\":\"note\",\"text\":\"warm\",\"by\":\"page\",\"at\":\"2026-11-24T18:00:00.123Z\"}";
        assertThat(request.toJson()).hasToString(text);
        assertThat(RunRequest.fromJson(JSON.readTree(text))).isEqualTo(request);
        assertThat(RunRequest.fromJson(JSON.readTree("{\"action\":\"stop\"}")))
                .isEqualTo(new RunRequest(Action.STOP, "", "", Instant.EPOCH));
    }
}
