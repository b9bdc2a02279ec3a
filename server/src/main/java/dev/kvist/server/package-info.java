/** The process that operators start: the command line of a node. */
@NullMarked
package dev.kvist.server;

import org.jspecify.annotations.NullMarked;
