package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.torch.Native;
import dev.stride.voice.Pcm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The child process of {@link CallSoakTest}: a server with the engines of this machine and two callers who speak in real time,
 * one who hears answers to their end and one who interrupts each of them; says what it measured, a name and a number a line.
 */
final class CallSoakProbe {
    static final int WARM_UP = 3;
    private static final long MINUTE = 60_000_000_000L;
    private static final int FRAME = Pcm.SPEECH_RATE / 50;
    private static final long FRAME_NANOS = 20_000_000L;

    private CallSoakProbe() {}

    public static void main(String[] arguments) throws Exception {
        int minutes = Integer.parseInt(arguments[0]);
        Native.threads(1);
        ChatRig.Setup setup = ChatRig.setup();
        try (ChatRig rig = ChatRig.open(
                setup.engine(setup.engine().withCacheBytes(16L << 20)),
                Map.of("speaker", "espeak-ng", "recognizer", "pocketsphinx"),
                RunFiles.NONE)) {
            Caller patient = new Caller(rig, ChatRig.BASE, "what is the learning rate", "learning", "weather");
            Caller hasty =
                    new Caller(rig, ChatRig.ONE, "please tell me about the weather today", "weather", "learning");
            ExecutorService threads = Executors.newFixedThreadPool(2, work -> {
                Thread thread = new Thread(work, "caller");
                thread.setDaemon(true); // a caller that fails ends the program
                return thread;
            });
            both(threads, patient, hasty, System.nanoTime() + WARM_UP * MINUTE);
            SoakFigures.print(rig, "before");
            patient.forget();
            hasty.forget();
            both(threads, patient, hasty, System.nanoTime() + minutes * MINUTE);
            patient.tell("patient");
            hasty.tell("hasty");
            SoakFigures.print(rig, "after");
            patient.line.close();
            hasty.line.close();
            Thread.sleep(2_000);
            System.out.println(
                    "processes " + ProcessHandle.current().descendants().count());
        }
    }

    private static void both(ExecutorService threads, Caller patient, Caller hasty, long until) throws Exception {
        AtomicInteger busy = new AtomicInteger(2);
        List<Future<?>> all = List.of(
                threads.submit(() -> patient.talk(until, false, busy)),
                threads.submit(() -> hasty.talk(until, true, busy)));
        for (Future<?> each : all) {
            each.get();
        }
    }

    /** Somebody at a microphone that never stops: speech where there is some to say, else silence. */
    private static final class Caller {
        final CallLineRig line;
        private final short[] question;
        private final String own;
        private final String foreign;
        private final SplittableRandom random = new SplittableRandom(1);
        private final List<Double> latencies = new ArrayList<>();
        private final List<Double> silenced = new ArrayList<>();
        private final List<Double> interrupted = new ArrayList<>();
        private long asked;
        private long understood;
        private long mixed;
        private long failed;
        private long due = System.nanoTime();
        private long spokeAt;
        private boolean answers;
        private boolean sounds;
        private boolean speaksInto;
        private boolean listened;

        Caller(ChatRig rig, String model, String question, String own, String foreign) throws Exception {
            this.question = speech(question);
            this.own = own;
            this.foreign = foreign;
            line = CallLineRig.open(rig, model);
            line.next("session.created");
            line.send("session.update", "session", Map.of("type", "realtime", "stride", Map.of("binary", true)));
            line.next("session.updated");
        }

        void forget() {
            latencies.clear();
            silenced.clear();
            interrupted.clear();
            asked = 0;
            understood = 0;
            mixed = 0;
            failed = 0;
        }

        /** Talks until then, and is silent at the open line until the other one has ended too. */
        Void talk(long until, boolean interrupts, AtomicInteger busy) throws Exception {
            try {
                due = System.nanoTime();
                while (System.nanoTime() < until) {
                    ask();
                    if (interrupts && sounds) {
                        silence(600 + random.nextInt(900));
                    } else {
                        for (int waited = 0; (answers || waited < 3_000) && waited < 60_000; waited += 500) {
                            silence(500);
                        }
                        silence(500 + random.nextInt(2_000));
                    }
                }
                line.send("response.cancel");
            } finally {
                busy.decrementAndGet();
            }
            while (busy.get() > 0) {
                silence(100);
            }
            silence(2_000);
            return null;
        }

        /** Says the question; while an answer sounds that is an interruption. */
        private void ask() throws Exception {
            asked++;
            spokeAt = System.nanoTime();
            speaksInto = sounds;
            listened = false;
            for (int at = 0; at < question.length; at += FRAME) {
                frame(Arrays.copyOfRange(question, at, at + FRAME));
            }
            for (int waited = 0; !answers && waited < 5_000; waited += 20) {
                frame(new short[FRAME]);
            }
            for (int waited = 0; answers && !sounds && waited < 5_000; waited += 20) {
                frame(new short[FRAME]);
            }
        }

        private void silence(int millis) throws Exception {
            for (int at = 0; at < millis; at += 20) {
                frame(new short[FRAME]);
            }
        }

        private void frame(short[] samples) throws Exception {
            if (!line.ended().isEmpty()) {
                throw new AssertionError(own + ": the line was closed: " + line.ended());
            }
            line.sound(new Pcm(samples, Pcm.SPEECH_RATE).toBytes());
            due += FRAME_NANOS;
            for (JsonNode event : line.take()) {
                take(event);
            }
            if (line.sounds().poll() != null) {
                sounds = answers;
                line.sounds().clear();
            }
            long left = due - System.nanoTime();
            if (left > 0) {
                Thread.sleep(left / 1_000_000, (int) (left % 1_000_000));
            }
        }

        private void take(JsonNode event) {
            double since = (event.path(CallLineRig.CAME).asLong() - spokeAt) / 1e6;
            switch (event.path("type").asText()) {
                case "stride.listening" -> {
                    if (speaksInto && !listened) {
                        silenced.add(since);
                        listened = true;
                    }
                }
                case "stride.interrupted" -> {
                    if (speaksInto) {
                        interrupted.add(since);
                        speaksInto = false;
                    }
                }
                case "conversation.item.input_audio_transcription.completed" -> {
                    String text = event.path("transcript").asText();
                    understood += text.contains(own) ? 1 : 0;
                    mixed += text.contains(foreign) ? 1 : 0;
                }
                case "response.created" -> answers = true;
                case "response.done" -> {
                    answers = false;
                    sounds = false;
                }
                case "stride.latency" -> latencies.add(event.path("all").asDouble());
                case "stride.failed" -> {
                    failed++;
                    System.err.println(event);
                }
                default -> {}
            }
        }

        void tell(String who) {
            System.out.println(who + "-asked " + asked);
            System.out.println(who + "-understood " + understood);
            System.out.println(who + "-mixed " + mixed);
            System.out.println(who + "-failed " + failed);
            int third = latencies.size() / 3;
            quantiles(who + "-latency", latencies);
            quantiles(who + "-latency-begin", latencies.subList(0, third));
            quantiles(who + "-latency-end", latencies.subList(latencies.size() - third, latencies.size()));
            quantiles(who + "-silenced", silenced);
            quantiles(who + "-interrupted", interrupted);
        }

        private static void quantiles(String name, List<Double> of) {
            List<Double> all = new ArrayList<>(of);
            Collections.sort(all);
            System.out.println(name + "-count " + all.size());
            if (!all.isEmpty()) {
                System.out.println(name + "-median " + Math.round(all.get(all.size() / 2)));
                System.out.println(name + "-p95 " + Math.round(all.get((int) (0.95 * (all.size() - 1)))));
                System.out.println(name + "-most " + Math.round(all.get(all.size() - 1)));
            }
        }

        /** A sentence from its first loud sample on, in whole frames. */
        private static short[] speech(String text) throws Exception {
            short[] all = LocalSpeech.say(text).samples();
            int from = 0;
            while (Math.abs(all[from]) < 1_000) {
                from++;
            }
            return Arrays.copyOfRange(all, from, from + (all.length - from) / FRAME * FRAME);
        }
    }
}
