package dev.stride.distributed;

import dev.stride.torch.Tensors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** One rank of {@link RanksTest}, a process of its own: meets the others, adds up, prints what it got. */
final class RanksProbe {
    private RanksProbe() {}

    public static void main(String[] arguments) {
        RankEnv env = RankEnv.of(System.getenv());
        Meeting meeting = new Meeting(env, Duration.ofSeconds(Long.parseLong(arguments[1])));
        try (Ranks ranks = meeting.join(
                Map.of("settings", arguments[0]), Duration.ofMinutes(1), Duration.ofSeconds(5), RanksProbe::lost)) {
            int rank = env.rank();
            System.out.println("sum " + Arrays.toString(ranks.sum(rank + 1, 0.1 * (rank + 1))));
            System.out.println("any " + ranks.any(rank == env.world() - 1) + " " + ranks.any(false));
            List<Tensor> parameters = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Tensor parameter = torch.zeros(3, 2).set_requires_grad(true);
                if (rank != 1 || i != 1) { // one rank has no gradient of one parameter
                    parameter.mutable_grad().put(torch.full(new long[] {3, 2}, new Scalar(10.0 * i + rank)));
                }
                parameters.add(parameter);
            }
            ranks.sumGradients(parameters);
            for (Tensor parameter : parameters) {
                System.out.println("gradient " + Arrays.toString(Tensors.floats(Tensors.gradient(parameter))));
            }
            overlapped(ranks);
            Tensor given = torch.full(new long[] {2}, new Scalar(rank + 5.0));
            ranks.broadcast(List.of(given), 0);
            System.out.println("broadcast " + Arrays.toString(Tensors.floats(given)));
            int last = env.world() - 1;
            Tensor matrix =
                    torch.full(new long[] {2, 2}, new Scalar(rank + 0.5)).set_requires_grad(true);
            ranks.broadcast(List.of(matrix, given), last);
            System.out.println("from the last " + Arrays.toString(Tensors.floats(matrix))
                    + Arrays.toString(Tensors.floats(given)) + matrix.requires_grad());
            if (rank == last) {
                ranks.send(matrix.t(), 0);
                ranks.send(given, 0);
            } else if (rank == 0) {
                ranks.receive(matrix.detach(), last);
                ranks.receive(given, last);
            }
            System.out.println("sent " + Arrays.toString(Tensors.floats(matrix)));
            ranks.barrier();
            if (arguments.length > 2) { // works without end until something happens to another rank
                System.out.println("working");
                while (true) {
                    ranks.sum(1);
                }
            }
            ranks.done();
        }
    }

    /** Two updates; rank 0 has two passes, the last rank has none, others have one. The first parameter's is by hand. */
    private static void overlapped(Ranks ranks) {
        int rank = ranks.env().rank();
        int passes = rank == 0 ? 2 : rank == ranks.env().world() - 1 ? 0 : 1;
        List<Tensor> parameters = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            parameters.add(torch.full(new long[] {3, 2}, new Scalar(i + 1.0)).set_requires_grad(true));
        }
        try (GradientSums sums = ranks.gradientSums(parameters)) {
            for (int update = 0; update < 2; update++) {
                sums.start();
                for (int pass = 0; pass < passes; pass++) {
                    if (pass == passes - 1) {
                        sums.lastPass();
                    }
                    Scalar scale = new Scalar(sums.factor() * (rank + 1));
                    Tensors.gradient(parameters.get(0)).add_(new Scalar(10 * sums.factor() * (rank + 1)));
                    if (pass == passes - 1) {
                        sums.complete(parameters.get(0));
                    }
                    parameters.get(1).mul(parameters.get(2)).sum().mul(scale).backward();
                }
                if (passes == 0) {
                    sums.noPass();
                }
                sums.finish();
                for (Tensor parameter : parameters) {
                    System.out.println("summed " + Arrays.toString(Tensors.floats(Tensors.gradient(parameter))));
                    parameter.mutable_grad().put(new Tensor()); // as an optimizer does
                }
            }
        }
    }

    private static void lost(String sentence) {
        System.out.println("lost: " + sentence);
        Runtime.getRuntime().halt(1);
    }
}
