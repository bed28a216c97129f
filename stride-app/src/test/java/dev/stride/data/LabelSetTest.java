package dev.stride.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelSetTest {
    @TempDir
    Path folder;

    private DataSet table(String name, String rows) throws IOException {
        Path file = Files.writeString(folder.resolve(name), "text,label\n" + rows);
        return new DataReader(DataOptions.DEFAULT).read(List.of(DataFile.of(file)));
    }

    @Test
    void requireAllOf_labelsOfTraining_pass() throws IOException {
        LabelSet labels = LabelSet.of(table("train.csv", "a,pos\nb,neg\nc,pos\n"));
        assertThat(labels.counts()).containsEntry("pos", 2).containsEntry("neg", 1);
        labels.requireAllOf(table("val.csv", "d,neg\n"));
    }

    @Test
    void requireAllOf_newLabels_areNamedWithTheirFirstRow() throws IOException {
        LabelSet labels = LabelSet.of(table("train.csv", "a,pos\nb,neg\n"));
        DataSet validation = table("val.csv", "d,neg\ne,Pos\nf,Pos\ng,none\n");
        assertThatThrownBy(() -> labels.requireAllOf(validation)).isInstanceOfSatisfying(UserException.class, e -> {
            assertThat(e).hasMessageContaining("2 labels");
            assertThat(e.problems()).hasSize(2);
            assertThat(e.problems().get(0).toLine()).endsWith("val.csv:3: 'Pos' (2 rows); allowed: pos, neg");
        });
    }
}
