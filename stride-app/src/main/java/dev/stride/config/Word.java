package dev.stride.config;

/** A choice that has a name in files and flags. */
public interface Word {
    /** The name as it is written, for example {@code inverse-sqrt}. */
    String word();
}
