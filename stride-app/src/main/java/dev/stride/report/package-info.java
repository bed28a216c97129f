/** Charts and pages made from a run's events. */
@NullMarked
package dev.stride.report;

import org.jspecify.annotations.NullMarked;
