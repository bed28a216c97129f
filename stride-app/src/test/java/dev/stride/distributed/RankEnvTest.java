package dev.stride.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.UserException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RankEnvTest {
    /** What the training operator 1.8 gives the second pod of a job of one master and two workers. */
    private static Map<String, String> pyTorchJob(String perPod) {
        return Map.of(
                "PYTHONUNBUFFERED", "1",
                "MASTER_PORT", "23456",
                "MASTER_ADDR", "tune-master-0",
                "WORLD_SIZE", "3",
                "RANK", "2",
                "PET_NODE_RANK", "2",
                "PET_NNODES", "3",
                "PET_NPROC_PER_NODE", perPod);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "auto"})
    void of_pyTorchJob_isTheRankOfThePod(String perPod) {
        assertThat(RankEnv.of(pyTorchJob(perPod))).isEqualTo(new RankEnv(2, 3, 0, "tune-master-0", 23_456, "torchrun"));
    }

    @Test
    void of_pyTorchJobWithSeveralProcessesAPod_isRefused() {
        assertThatThrownBy(() -> RankEnv.of(pyTorchJob("4")))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("PET_NPROC_PER_NODE")
                .hasMessageContaining("nprocPerNode");
    }

    @Test
    void of_emptyEnvironment_isAlone() {
        assertThat(RankEnv.of(Map.of("PATH", "/bin"))).isSameAs(RankEnv.ALONE);
        assertThat(RankEnv.ALONE.isAlone()).isTrue();
        assertThat(RankEnv.ALONE.isFirst()).isTrue();
    }

    @Test
    void of_torchrun_readsItsFive() {
        RankEnv env = RankEnv.of(Map.of(
                "RANK", "3",
                "WORLD_SIZE", "8",
                "LOCAL_RANK", "1",
                "MASTER_ADDR", "10.0.0.7",
                "MASTER_PORT", "29400"));
        assertThat(env).isEqualTo(new RankEnv(3, 8, 1, "10.0.0.7", 29400, "torchrun"));
        assertThat(env).hasToString("rank 3 of 8");
    }

    @Test
    void of_slurm_takesTheFirstNodeAndAPortOfTheJob() {
        Map<String, String> slurm = Map.of(
                "SLURM_PROCID", "5",
                "SLURM_NTASKS", "6",
                "SLURM_LOCALID", "1",
                "SLURM_JOB_NODELIST", "gpu[07-09],login",
                "SLURM_JOB_ID", "123456");
        assertThat(RankEnv.of(slurm)).isEqualTo(new RankEnv(5, 6, 1, "gpu07", 23456, "Slurm"));
    }

    @Test
    void of_openMpi_needsAMaster() {
        Map<String, String> mpi =
                Map.of("OMPI_COMM_WORLD_RANK", "1", "OMPI_COMM_WORLD_SIZE", "2", "OMPI_COMM_WORLD_LOCAL_RANK", "1");
        assertThatThrownBy(() -> RankEnv.of(mpi))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("Open MPI")
                .hasMessageContaining("MASTER_ADDR");
        Map<String, String> told = new HashMap<>(mpi);
        told.put("MASTER_ADDR", "node1");
        assertThat(RankEnv.of(told)).isEqualTo(new RankEnv(1, 2, 1, "node1", 29500, "Open MPI"));
    }

    @Test
    void of_kubernetesIndexedJob_hasOneProcessAPod() {
        Map<String, String> job = Map.of("JOB_COMPLETION_INDEX", "2", "WORLD_SIZE", "3", "MASTER_ADDR", "tune-0.tune");
        assertThat(RankEnv.of(job)).isEqualTo(new RankEnv(2, 3, 0, "tune-0.tune", 29500, "Kubernetes"));
    }

    @Test
    void of_everythingWrong_namesEverything() {
        Map<String, String> wrong = Map.of("RANK", "8", "WORLD_SIZE", "8", "LOCAL_RANK", "-1", "MASTER_PORT", "70000");
        assertThatThrownBy(() -> RankEnv.of(wrong))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("RANK: 8")
                .hasMessageContaining("LOCAL_RANK: -1")
                .hasMessageContaining("MASTER_ADDR: nothing")
                .hasMessageContaining("MASTER_PORT: 70000");
        assertThatThrownBy(() -> RankEnv.of(Map.of("RANK", "0")))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("WORLD_SIZE: nothing");
    }

    @Test
    void toEnvironment_isReadBackAsItWas() {
        RankEnv env = new RankEnv(1, 3, 1, "127.0.0.1", 4711, "torchrun");
        assertThat(RankEnv.of(env.toEnvironment())).isEqualTo(env);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "n1|n1",
                "n1,n2|n1",
                "n[1-3]|n1",
                "n[001-003,7]|n001",
                "n[5,9]|n5",
                "a1,n[1-3]|a1",
                "rack[2-3]-x,n1|rack2-x",
                "rack[2-3]-x|rack2-x"
            })
    void firstNode_ofSlurmsLists(String list, String first) {
        assertThat(RankEnv.firstNode(list)).isEqualTo(first);
    }

    @Test
    void firstNode_ofNothing_isNone() {
        assertThat(RankEnv.firstNode("")).isNull();
        assertThat(RankEnv.firstNode("n[]")).isNull();
    }
}
