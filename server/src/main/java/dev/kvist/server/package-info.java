/** The command line. */
@NullMarked
package dev.kvist.server;

import org.jspecify.annotations.NullMarked;
