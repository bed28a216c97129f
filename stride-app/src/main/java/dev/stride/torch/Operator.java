package dev.stride.torch;

import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Tensor;

/** Operators of libtorch that its bindings leave out, by name. They record no graph for gradients. */
public final class Operator {
    private Operator() {}

    /**
     * The one tensor that an operator gives; it belongs to the innermost scope.
     *
     * @param name for example {@code aten::_weight_int8pack_mm}
     * @param arguments all of them, in the schema's order
     */
    public static Tensor call(String name, IValue... arguments) {
        try (TensorScope scope = new TensorScope()) {
            IValueVector stack = new IValueVector();
            run(name, stack, arguments);
            return scope.handUp(new Tensor(stack.get(0).toTensor()));
        }
    }

    /** An operator that works in place; it gives nothing. */
    static void run(String name, IValue... arguments) {
        try (TensorScope scope = new TensorScope()) {
            run(name, new IValueVector(), arguments);
        }
    }

    private static void run(String name, IValueVector stack, IValue... arguments) {
        for (IValue argument : arguments) {
            stack.push_back(argument);
        }
        Dispatcher dispatcher = Dispatcher.singleton();
        dispatcher.callBoxed(dispatcher.findSchemaOrThrow(name, ""), stack);
    }
}
