package dev.stride.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.stride.config.ConfigReader;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RateGroupsTest {
    private static final ModelFacts SMALL = new ModelFacts(4, 128, 344, 4, 32, 2, 2000, 1_500_000);

    private static List<RateGroup> groups(ModelFacts model, String... sets) {
        RunConfig config = ConfigReader.read(null, Map.of(), List.of(sets));
        return RateGroups.of(config, model.layers(), model.tensors(config.tuning()));
    }

    private static RateGroup group(List<RateGroup> groups, String name) {
        return groups.stream()
                .filter(group -> group.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " in " + groups));
    }

    @Test
    void nothingAsked_isDecayAndNoDecay() {
        assertThat(groups(SMALL, "method=full")).extracting(RateGroup::name).containsExactly("decay", "no_decay");
        assertThat(groups(SMALL)).extracting(RateGroup::name).containsExactly("decay");
        for (RateGroup group : groups(SMALL, "method=full")) {
            assertThat(group.factors()).isEmpty();
            assertThat(group.rate(3e-5, 1)).isEqualTo(3e-5);
        }
    }

    @Test
    void everyTensor_isInExactlyOneGroup() {
        String[][] asked = {
            {"method=full"},
            {"method=full", "optimizer.layer_decay=0.9", "optimizer.groups=*norm*=2,*embed*=0.1"},
            {"lora.plus_ratio=16", "optimizer.layer_decay=0.9", "lora.targets=all", "optimizer.groups=*mlp*=0.5"}
        };
        for (String[] sets : asked) {
            RunConfig config = ConfigReader.read(null, Map.of(), List.of(sets));
            List<TrainedTensor> tensors = SMALL.tensors(config.tuning());
            Set<String> seen = new HashSet<>();
            for (RateGroup group : groups(SMALL, sets)) {
                group.parameters().forEach(name -> assertThat(seen.add(name)).isTrue());
            }
            assertThat(seen).hasSameSizeAs(tensors);
            for (TrainedTensor tensor : tensors) {
                assertThat(seen).contains(tensor.name());
            }
        }
    }

    @Test
    void layerDecay_28LayersAnd095_isAQuarterAtTheBottom() {
        List<RateGroup> groups = groups(PlannerTest.SIX_BILLION, "method=full", "optimizer.layer_decay=0.95");
        assertThat(groups).hasSize(2 * 28 + 3);
        assertThat(group(groups, "decay.layer00").rate(1, 1)).isCloseTo(0.250344, within(1e-6));
        assertThat(group(groups, "no_decay.layer00").rate(1, 1)).isEqualTo(Math.pow(0.95, 27));
        assertThat(group(groups, "decay.layer27").rate(1, 1)).isEqualTo(1);
        assertThat(group(groups, "decay.embedding").rate(1, 1)).isEqualTo(Math.pow(0.95, 28));
        assertThat(group(groups, "decay.output").rate(1, 1)).isEqualTo(1);
        assertThat(group(groups, "no_decay.output").parameters())
                .containsExactly("transformer.encoder.final_layernorm.weight");
        for (int i = 0; i < 27; i++) {
            double lower = group(groups, String.format("decay.layer%02d", i)).rate(1, 1);
            assertThat(group(groups, String.format("decay.layer%02d", i + 1)).rate(1, 1))
                    .isCloseTo(lower / 0.95, within(1e-12));
        }
    }

    @Test
    void loraPlus_bHasItsOwnRate() {
        List<RateGroup> groups = groups(SMALL, "lora.plus_ratio=16");
        assertThat(groups).extracting(RateGroup::name).containsExactly("lora_a", "lora_b");
        assertThat(group(groups, "lora_a").rate(2e-4, 1)).isEqualTo(2e-4);
        assertThat(group(groups, "lora_b").rate(2e-4, 1)).isEqualTo(2e-4 * 16);
        assertThat(group(groups, "lora_b").parameters()).hasSize(4).allMatch(name -> name.endsWith(".lora_B.weight"));
    }

    @Test
    void patterns_firstMatchActs() {
        List<RateGroup> groups = groups(
                SMALL, "method=full", "optimizer.groups=*.mlp.dense_h_to_4h.*=0.5,*.mlp.*=0.25,*.layers.?.in*=3");
        RateGroup first = group(groups, "decay.*.mlp.dense_h_to_4h.*");
        assertThat(first.parameters()).hasSize(4).allMatch(name -> name.contains("dense_h_to_4h"));
        assertThat(first.rate(1, 1)).isEqualTo(0.5);
        assertThat(group(groups, "decay.*.mlp.*").parameters())
                .hasSize(4)
                .allMatch(name -> name.contains("dense_4h_to_h"));
        assertThat(group(groups, "no_decay.*.layers.?.in*").parameters()).hasSize(4);
        assertThat(group(groups, "decay").parameters()).hasSize(2 + 2 * 4);
    }

    @Test
    void patternsThatMatchNothing_areRefusedWithTheNames() {
        assertThatThrownBy(() -> groups(SMALL, "optimizer.groups=*.mlp.*=0.5,*qkv*=2"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("optimizer.groups: *.mlp.*=0.5")
                .hasMessageContaining("*qkv*=2")
                .hasMessageContaining("transformer.encoder.layers.N.self_attention.query_key_value.lora_A.weight")
                .hasMessageContaining("N from 0 to 3")
                .hasMessageContaining("It matches no parameter.");
        assertThatThrownBy(() -> groups(SMALL, "optimizer.groups=*=0.5,*lora_A*=2"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("Earlier patterns take all that it matches.");
    }

    @Test
    void tensors_countsAreThoseOfTheModel() {
        RunConfig full = ConfigReader.read(null, Map.of(), List.of("method=full"));
        long all = PlannerTest.SIX_BILLION.tensors(full.tuning()).stream()
                .mapToLong(TrainedTensor::elements)
                .sum();
        assertThat(all).isEqualTo(PlannerTest.SIX_BILLION.parameters());
        RunConfig lora = ConfigReader.read(null, Map.of(), List.of("lora.targets=all"));
        assertThat(PlannerTest.SIX_BILLION.tensors(lora.tuning()).stream()
                        .mapToLong(TrainedTensor::elements)
                        .sum())
                .isEqualTo(PlannerTest.SIX_BILLION.trainable(lora.tuning()));
    }
}
