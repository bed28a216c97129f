/** Local web pages: the page on which people compare trials' answers. */
@NullMarked
package dev.stride.serve;

import org.jspecify.annotations.NullMarked;
