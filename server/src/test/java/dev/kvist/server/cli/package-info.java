/** Tests of the commands. */
@NullMarked
package dev.kvist.server.cli;

import org.jspecify.annotations.NullMarked;
