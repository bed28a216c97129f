package dev.stride;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Tests that start, kill and wait for many processes, and take minutes; without {@code -Dstride.slow=on} they are skipped. */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@EnabledIfSystemProperty(
        named = "stride.slow",
        matches = "on",
        disabledReason = "SKIPPED: it takes minutes; -Dstride.slow=on runs it")
public @interface Slow {}
