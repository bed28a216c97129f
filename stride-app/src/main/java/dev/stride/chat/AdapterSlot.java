package dev.stride.chat;

import dev.stride.peft.LoraTuning;

/**
 * An adapter that answers on a base. Two of the same name, one after the other, are different: they share no cache.
 *
 * @param name of the adapter, without the base's
 * @param tuning its numbers, which the slot owns
 */
record AdapterSlot(String name, LoraTuning tuning) {
    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
