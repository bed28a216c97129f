/** What the runs below a folder look like now, read as they grow. */
@NullMarked
package dev.stride.live;

import org.jspecify.annotations.NullMarked;
