/** The one door to libtorch: scopes, arrays and tensors, devices, the optimizer. */
@NullMarked
package dev.stride.torch;

import org.jspecify.annotations.NullMarked;
