package dev.stride.torch;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The owner of native memory: every tensor made while a scope is open belongs to it and is freed when it closes, unless
 * {@link #keep} hands it to the caller.
 *
 * <p>Scopes nest; a tensor belongs to the innermost one of its thread. A scope must be closed by the thread that opened
 * it. One training step is one scope.
 */
public final class TensorScope implements AutoCloseable {
    private final @Nullable PointerScope enclosing = PointerScope.getInnerScope();
    private final PointerScope scope = new PointerScope();

    /** Takes a tensor, or another thing of libtorch's, out of this scope: it lives until {@link #free} is called on it. */
    public <T extends Pointer> T keep(T thing) {
        thing.retainReference();
        scope.detach(thing); // lets the scope's own reference go
        return thing;
    }

    /** Hands a tensor to the scope around this one; with none around it, it is kept. */
    public Tensor handUp(Tensor tensor) {
        if (enclosing == null) {
            return keep(tensor);
        }
        enclosing.attach(tensor);
        scope.detach(tensor);
        return tensor;
    }

    /** Frees what was kept now. */
    public static void free(Pointer thing) {
        thing.releaseReference();
    }

    /** Makes a tensor that belongs to no scope, whatever scopes are open. */
    public static Tensor outlive(java.util.function.Supplier<Tensor> maker) {
        try (TensorScope scope = new TensorScope()) {
            return scope.keep(maker.get());
        }
    }

    @Override
    public void close() {
        scope.close();
    }
}
