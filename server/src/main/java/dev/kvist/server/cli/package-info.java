/**
 * The commands of {@code ./kvist}, and the door through which a process or a test runs one.
 *
 * <p>Start at {@link dev.kvist.server.cli.Cli}; {@code Catalog} names every command, and each
 * command is a class of its own.
 */
@NullMarked
package dev.kvist.server.cli;

import org.jspecify.annotations.NullMarked;
