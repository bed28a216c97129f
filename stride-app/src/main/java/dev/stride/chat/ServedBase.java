package dev.stride.chat;

import dev.stride.model.KvPool;
import dev.stride.model.SequenceDecoder;
import dev.stride.model.TokenChooser;
import dev.stride.peft.LoraGroup;
import dev.stride.peft.LoraTuning;
import dev.stride.tokenizer.Tokenizer;
import dev.stride.torch.TensorScope;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** A base and its adapters with the sequences that are computed on them; the engine's thread alone uses it. */
final class ServedBase implements AutoCloseable {
    /** Fewer equal tokens are computed again: that costs less than to look after them. */
    private static final int WORTH_REUSE = 8;

    private final LoadedModel loaded;
    private final int passTokens;
    private final KvPool pool;
    private final SequenceDecoder decoder;
    private final Places places;
    private final KeptSequences kept;
    private final List<AdapterSlot> adapters = new ArrayList<>();
    private final List<Sequence> running = new ArrayList<>();
    private LoraGroup group;
    private long numPasses;

    /** The next tokens of a sequence in a pass. */
    private record Part(Sequence sequence, int count) {
        boolean isLast() {
            return count == sequence.pending();
        }

        SequenceDecoder.Slice slice() {
            return new SequenceDecoder.Slice(sequence.start(), sequence.computed(), sequence.next(count), isLast());
        }
    }

    ServedBase(LoadedModel loaded, int passTokens, int numPlaces) {
        this.loaded = loaded;
        this.passTokens = passTokens;
        this.pool =
                new KvPool(loaded.model().config(), numPlaces, loaded.model().device());
        this.decoder = new SequenceDecoder(loaded.model(), pool);
        this.places = new Places(numPlaces);
        this.kept = new KeptSequences(places);
        loaded.adapters().forEach((name, tuning) -> adapters.add(new AdapterSlot(name, tuning)));
        this.group = newGroup();
    }

    LoadedModel loaded() {
        return loaded;
    }

    Tokenizer tokenizer() {
        return loaded.tokenizer();
    }

    /** Tokens of one sequence at most. */
    int contextLength() {
        return Math.min(loaded.model().config().seqLength(), pool.places());
    }

    List<AdapterSlot> adapters() {
        return List.copyOf(adapters);
    }

    List<Sequence> running() {
        return running;
    }

    int numPlaces() {
        return pool.places();
    }

    int numPlacesKept() {
        return kept.numPlaces();
    }

    int numPlacesHeld() {
        return pool.places() - places.numFree() - kept.numPlaces();
    }

    long numPasses() {
        return numPasses;
    }

    void add(AdapterSlot adapter) {
        adapters.add(adapter);
        regroup();
    }

    /** Frees an adapter that no sequence needs any more. */
    void remove(AdapterSlot adapter) {
        kept.giveUp(adapter);
        adapters.remove(adapter);
        regroup();
        adapter.tuning().close();
    }

    /** Takes a sequence in; false where its places cannot be had now. */
    boolean admit(Sequence sequence) {
        int needed = sequence.places();
        if (places.numFree() + kept.numPlaces() < needed) {
            return false;
        }
        int start = places.take(needed);
        KeptSequences.@Nullable Kept beginning = start == Places.NONE ? kept.best(sequence) : null;
        if (beginning != null) {
            kept.use(beginning); // what it will begin with is the last to be given up
        }
        while (start == Places.NONE) {
            if (!kept.giveUpOne()) {
                return false;
            }
            start = places.take(needed);
        }
        sequence.place(start);
        running.add(sequence);
        return true;
    }

    /** One pass over what comes next; gives the sequences that have ended. */
    List<Sequence> step() {
        List<Part> parts = parts();
        numPasses++;
        try (TensorScope scope = new TensorScope()) {
            share(parts);
            Tensor logits = decoder.pass(parts.stream().map(Part::slice).toList());
            List<Sequence> choosing = new ArrayList<>();
            for (Part part : parts) {
                if (part.isLast()) {
                    choosing.add(part.sequence());
                }
                part.sequence().advance(part.count());
            }
            if (!choosing.isEmpty()) {
                TokenChooser.Choice[] choices = TokenChooser.choose(
                        logits, choosing.stream().map(Sequence::row).toList());
                for (int i = 0; i < choices.length; i++) {
                    choosing.get(i).accept(choices[i]);
                }
            }
        } catch (RuntimeException e) {
            fail(parts, e);
        }
        return release();
    }

    /** Takes the sequences that have ended out; what they computed stays while there is room. */
    List<Sequence> release() {
        List<Sequence> ended = running.stream().filter(Sequence::isEnded).toList();
        running.removeAll(ended);
        for (Sequence sequence : ended) {
            int useful = sequence.computed() < WORTH_REUSE ? 0 : sequence.computed();
            places.giveBack(sequence.start() + useful, sequence.places() - useful);
            if (useful > 0) {
                kept.keep(sequence.adapter(), sequence.computedIds(), sequence.start());
            }
        }
        return ended;
    }

    /** The next token of each running answer, then parts of prompts in the order in which they were asked. */
    private List<Part> parts() {
        List<Part> parts = new ArrayList<>();
        for (Sequence sequence : running) {
            if (!sequence.isReading()) {
                parts.add(new Part(sequence, 1));
            }
        }
        int left = Math.max(1, passTokens - parts.size());
        List<Sequence> reading = new ArrayList<>();
        for (Sequence sequence : running) {
            if (left > 0 && sequence.isReading() && (sequence.hasBegun() || begin(sequence, reading))) {
                int count = Math.min(left, sequence.pending());
                parts.add(new Part(sequence, count));
                reading.add(sequence);
                left -= count;
            }
        }
        parts.sort(
                Comparator.comparingInt(part -> adapters.indexOf(part.sequence().adapter())));
        return parts;
    }

    /**
     * Begins a prompt behind what is computed of it already; false where another prompt is being read whose beginning it
     * shares further, so that it is worth to wait.
     */
    private boolean begin(Sequence sequence, List<Sequence> reading) {
        KeptSequences.@Nullable Kept best = kept.best(sequence);
        int most = best == null ? 0 : sequence.commonWith(best.ids(), best.ids().length);
        int from = best == null ? 0 : best.start();
        for (Sequence other : running) {
            if (other.adapter() == sequence.adapter() && other.computed() > 0) {
                int common = sequence.commonWith(other, other.computed());
                if (common > most) {
                    most = common;
                    from = other.start();
                    best = null;
                }
            }
        }
        for (Sequence other : reading) {
            if (other.adapter() == sequence.adapter()
                    && sequence.commonWith(other, other.promptLength()) >= most + WORTH_REUSE) {
                return false;
            }
        }
        if (most < WORTH_REUSE) {
            sequence.begin(0);
            return true;
        }
        pool.copy(from, sequence.start(), most);
        if (best != null) {
            kept.use(best);
        }
        sequence.begin(most);
        return true;
    }

    private void share(List<Part> parts) {
        List<LoraGroup.Share> shares = new ArrayList<>();
        for (int i = 0; i < parts.size(); ) {
            AdapterSlot adapter = parts.get(i).sequence().adapter();
            int tokens = 0;
            for (; i < parts.size() && parts.get(i).sequence().adapter() == adapter; i++) {
                tokens += parts.get(i).count();
            }
            shares.add(new LoraGroup.Share(adapter == null ? null : adapter.tuning(), tokens));
        }
        group.share(shares);
    }

    /** What a pass that failed has written is not trusted. */
    private void fail(List<Part> parts, RuntimeException error) {
        for (Part part : parts) {
            Sequence sequence = part.sequence();
            if (!sequence.isEnded()) {
                sequence.forgetComputed();
                sequence.end(ChatEnd.Reason.FAILED, Objects.requireNonNullElse(error.getMessage(), error.toString()));
            }
        }
    }

    private void regroup() {
        group.close();
        group = newGroup();
    }

    private LoraGroup newGroup() {
        List<LoraTuning> members = adapters.stream().map(AdapterSlot::tuning).toList();
        return new LoraGroup(loaded.model(), members);
    }

    /** Frees what was made here; the model and its adapters are as they were. */
    void letGo() {
        group.close();
        pool.close();
    }

    @Override
    public void close() {
        letGo();
        adapters.forEach(adapter -> adapter.tuning().close());
        loaded.model().close();
    }
}
