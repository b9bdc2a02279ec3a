/**
 * What an engine implements, and what it may use: the side of the API that applications do not see.
 */
@NullMarked
package dev.kvist.spi;

import org.jspecify.annotations.NullMarked;
