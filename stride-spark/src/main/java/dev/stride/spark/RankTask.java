package dev.stride.spark;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;

/**
 * What an executor does for one of several processes of a trial, in a stage whose tasks all run at once: the tasks tell each
 * other where they are, and each starts the process of its rank. Where one fails Spark starts the whole stage again, and the
 * processes go on from the trial's newest checkpoint.
 */
final class RankTask extends AbstractFunction1<Iterator<String>, Iterator<TaskEnd>> implements Serializable {
    private static final long serialVersionUID = 1;

    private final TrialTask task;

    RankTask(TrialTask task) {
        this.task = task;
    }

    @Override
    public Iterator<TaskEnd> apply(Iterator<String> orders) {
        BarrierTaskContext context = BarrierTaskContext.get();
        try {
            TaskEnd end = task.run(orders.next(), variables(context));
            return CollectionConverters.asScala(List.of(end).iterator());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the trial is cancelled", e);
        }
    }

    /** torchrun's variables of this rank; rank 0 listens at a port that was free on its machine. */
    private static Map<String, String> variables(BarrierTaskContext context) throws IOException {
        int rank = context.partitionId();
        // the address by which Spark's own processes reach this one
        String host = SparkEnv.get().blockManager().blockManagerId().host();
        List<String> hosts = new ArrayList<>();
        List<String> ports = new ArrayList<>();
        for (String place : context.allGather(freePort() + " " + host)) {
            ports.add(place.substring(0, place.indexOf(' ')));
            hosts.add(place.substring(place.indexOf(' ') + 1));
        }
        long before = hosts.subList(0, rank).stream().filter(host::equals).count();
        return Map.of(
                "RANK", Integer.toString(rank),
                "WORLD_SIZE", Integer.toString(hosts.size()),
                "LOCAL_RANK", Long.toString(before),
                "MASTER_ADDR", hosts.get(0),
                "MASTER_PORT", ports.get(0));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
