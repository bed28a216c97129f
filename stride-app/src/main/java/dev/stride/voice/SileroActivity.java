package dev.stride.voice;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One call's state of a Silero model. The newer form sees the last 64 samples of the frame before in front of each frame
 * and keeps one state of 2 x 128 numbers; the older one sees the frame alone and keeps two of 2 x 64.
 *
 * <p>After two seconds without speech the state begins anew: over a long silence it drifts towards missing a first word.
 */
final class SileroActivity implements VoiceActivity {
    private static final int CONTEXT = 64;
    private static final float CLEARLY_SILENT = 0.15f;
    private static final int SILENT_FRAMES = 2_000 / FRAME_MILLIS;

    private final OrtEnvironment environment;
    private final OrtSession session;
    private final boolean legacy;
    private final float[] input;
    private final float[] first;
    private final float[] second;
    private int silent;

    SileroActivity(OrtEnvironment environment, OrtSession session, boolean legacy) {
        this.environment = environment;
        this.session = session;
        this.legacy = legacy;
        input = new float[legacy ? FRAME : CONTEXT + FRAME];
        first = new float[legacy ? 2 * 64 : 2 * 128];
        second = new float[legacy ? 2 * 64 : 0];
    }

    @Override
    public float probability(short[] frame) {
        if (frame.length != FRAME) {
            throw new IllegalArgumentException("a frame of " + frame.length + " samples; allowed: " + FRAME);
        }
        int context = input.length - FRAME;
        System.arraycopy(input, FRAME, input, 0, context);
        for (int i = 0; i < FRAME; i++) {
            input[context + i] = frame[i] / 32768f;
        }
        float probability = run();
        silent = probability < CLEARLY_SILENT ? silent + 1 : 0;
        if (silent >= SILENT_FRAMES) {
            silent = 0;
            Arrays.fill(first, 0);
            Arrays.fill(second, 0);
        }
        return probability;
    }

    private float run() {
        List<OnnxTensor> made = new ArrayList<>();
        long[] shape = {2, 1, first.length / 2};
        try {
            Map<String, OnnxTensor> inputs = new HashMap<>();
            inputs.put("input", keep(made, tensor(input, new long[] {1, input.length})));
            inputs.put(
                    "sr",
                    keep(
                            made,
                            OnnxTensor.createTensor(
                                    environment, LongBuffer.wrap(new long[] {Pcm.SPEECH_RATE}), new long[] {1})));
            inputs.put(legacy ? "h" : "state", keep(made, tensor(first, shape)));
            if (legacy) {
                inputs.put("c", keep(made, tensor(second, shape)));
            }
            try (OrtSession.Result result = session.run(inputs)) {
                numbers(result, 1).get(first);
                if (legacy) {
                    numbers(result, 2).get(second);
                }
                return numbers(result, 0).get(0);
            }
        } catch (OrtException e) {
            throw new IllegalStateException("the model of voice activity failed: " + e.getMessage(), e);
        } finally {
            made.forEach(OnnxTensor::close);
        }
    }

    private OnnxTensor tensor(float[] numbers, long[] shape) throws OrtException {
        return OnnxTensor.createTensor(environment, FloatBuffer.wrap(numbers), shape);
    }

    private static OnnxTensor keep(List<OnnxTensor> made, OnnxTensor tensor) {
        made.add(tensor);
        return tensor;
    }

    private static FloatBuffer numbers(OrtSession.Result result, int index) {
        return ((OnnxTensor) result.get(index)).getFloatBuffer();
    }

    @Override
    public void reset() {
        silent = 0;
        Arrays.fill(first, 0);
        Arrays.fill(second, 0);
        Arrays.fill(input, 0);
    }

    @Override
    public void close() {}
}
